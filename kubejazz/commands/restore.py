"""``kubejazz restore``: a backup in the place of the store."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from kubejazz.stores import add_store_arguments, store_errors, store_url
from storage.restore import restore

DESCRIPTION = (
    "Put a backup in the place of the store; no server may be using it. Revisions go on beyond all that were served,"
    " so every client lists again. What was there before is kept aside."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup")
    add_store_arguments(parser)


def run(options: argparse.Namespace) -> int:
    suffix = f".before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    with store_errors():
        done = restore(options.file, store_url(options), suffix)
    print(f"restored {done.objects} objects; the store goes on at revision {done.revision}")
    if done.aside is not None:
        print(f"what was there before is {done.aside}")
    return 0
