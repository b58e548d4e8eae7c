"""``kubejazz check``: is the store whole?"""

from __future__ import annotations

import argparse
from pathlib import Path

from kubejazz.stores import add_store_arguments, store_errors, store_url
from storage.backends import look
from storage.check import check

DESCRIPTION = (
    "Read the whole store and tell what is wrong with it: gaps in the log, versions that do not follow each other,"
    " values that are not what was written, current objects that the log does not know, damage that the database itself"
    " finds. Exit code 0: nothing is."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a backup, instead of the store")
    add_store_arguments(parser)


def run(options: argparse.Namespace) -> int:
    url = f"sqlite:///{options.file.absolute()}" if options.file else store_url(options)
    with store_errors(), look(url) as reading:
        report = check(reading)
    for damage in report.damages:
        print(f"{damage.kind}: {damage.detail}")
    kept = f"{report.objects} objects, {report.versions} versions, revision {report.meta.revision}"
    if report.damages:
        print(f"{kept}: damaged; restore a backup (kubejazz restore FILE)")
        return 1
    if report.unsealed:
        kept += f" ({report.unsealed} without a digest, written by an older server)"
    if report.encrypted:
        kept += f" ({report.encrypted} encrypted, looked at by their digests)"
    print(f"{kept}: whole")
    return 0
