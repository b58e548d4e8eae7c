"""``kubejazz bump-revision``: after the database lost data without us, go on beyond everything that was served."""

from __future__ import annotations

import argparse

from kubejazz.errors import UserError
from kubejazz.options import count
from kubejazz.stores import add_store_arguments, store_errors, store_url
from storage.restore import MARGIN, continue_beyond

DESCRIPTION = (
    "Raise the revision of the store and forget the history before, so that every client lists again and nothing new"
    " is taken for something old. For a PostgreSQL database that was restored by its own means, or whose standby took"
    " over without having all commits: kubejazz restore does it by itself. Servers on PostgreSQL may go on running."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by",
        type=count,
        default=MARGIN,
        metavar="N",
        help=f"more revisions than can have been lost [default {MARGIN}]",
    )
    add_store_arguments(parser)


def run(options: argparse.Namespace) -> int:
    if not options.by:
        raise UserError("--by 0 would leave everything as it is")
    with store_errors():
        revision = continue_beyond(store_url(options), options.by)
    print(f"the store goes on at revision {revision}; every client lists again")
    return 0
