"""``kubejazz kubeconfig``: the kubeconfig of an identity, printed or merged into a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from kubejazz.datadir import DataDir
from kubejazz.errors import UserError
from kubejazz.identities import ADMIN, COMPONENTS
from kubejazz.kubeconfig import merge_text
from kubejazz.options import add_data_dir, add_option

DESCRIPTION = "Print the kubeconfig of an identity of a data directory, or merge it into a file."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_dir(parser)
    names = ", ".join(identity.file for identity in COMPONENTS)
    add_option(parser, "--user", help=f"{names} or kubelet-NODE", default=ADMIN.file)
    add_option(
        parser,
        "--output",
        help="merge into this file and make it current there, instead of printing",
        type=Path,
        metavar="FILE",
    )


def run(options: argparse.Namespace) -> int:
    path = DataDir(options.data_dir).kubeconfig_of(options.user)
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"there is no kubeconfig of {options.user} in {options.data_dir}: {error.strerror} ({path})"
        ) from error
    if options.output is None:
        print(content, end="")
    else:
        merge_text(options.output, content)
    return 0
