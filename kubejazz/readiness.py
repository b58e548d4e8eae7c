"""Telling whoever started us that we serve: our URL, as a line into a pipe they gave us."""

from __future__ import annotations

import argparse
import contextlib
import os


def add_ready_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ready-fd", type=int, default=-1, help=argparse.SUPPRESS)


def tell_ready(options: argparse.Namespace, url: str) -> None:
    if options.ready_fd >= 0:
        with contextlib.suppress(BrokenPipeError):  # nobody waits any more
            os.write(options.ready_fd, url.encode() + b"\n")
        os.close(options.ready_fd)
        options.ready_fd = -1
