"""The store that a command is about: that of a data directory, or a database's. The server need not run, and may."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from kubejazz.datadir import DataDir
from kubejazz.errors import UserError
from kubejazz.options import add_data_dir, add_option
from storage.errors import StorageError


def add_store_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_dir(parser)
    add_option(
        parser,
        "--database",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME",
        metavar="URL",
        shown_default="sqlite in DATA_DIR",
    )


def store_url(options: argparse.Namespace) -> str:
    return options.database or f"sqlite:///{DataDir(options.data_dir).database}"


@contextmanager
def store_errors() -> Iterator[None]:
    """What the store refuses becomes the command's one line."""
    try:
        yield
    except StorageError as error:
        raise UserError(str(error)) from error
