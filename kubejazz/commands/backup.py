"""``kubejazz backup``: a copy of the store, while servers write to it."""

from __future__ import annotations

import argparse
from pathlib import Path

from kubejazz.stores import add_store_arguments, store_errors, store_url
from storage.backends import look
from storage.copying import copy

DESCRIPTION = (
    "Copy the store, with its history, into a new file, as of one moment. Servers go on meanwhile. The file is a"
    " SQLite store, whatever the database is."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup to write; must not exist")
    add_store_arguments(parser)


def run(options: argparse.Namespace) -> int:
    with store_errors(), look(store_url(options)) as reading:
        revision = copy(reading, options.file)
    size = options.file.stat().st_size / 1e6
    print(f"{options.file} holds the store as of revision {revision} ({size:,.1f} MB)")
    return 0
