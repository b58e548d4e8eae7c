"""``kubejazz conformance``: the behaviours of the official conformance list, against any cluster."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from kubernetes.client import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from conformance.api import Api
from conformance.catalogue import NEEDS, Listed, official_list
from conformance.checks import CHECKS
from conformance.expected import Expected, accept, compare, read, write
from conformance.report import junit, line, markdown, table
from conformance.runner import Result, State, selected
from conformance.runner import run as run_checks
from kubejazz.errors import UserError

DESCRIPTION = "Check a cluster, any cluster, for the behaviours of the official conformance list of Kubernetes 1.37."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kubeconfig", metavar="FILE", type=Path, help="the cluster [default: as kubectl finds it]")
    parser.add_argument("--context", metavar="NAME", help="the context in it")
    parser.add_argument("--focus", metavar="REGEX", default="", help="only tests whose name matches")
    parser.add_argument("--skip", metavar="REGEX", default="", help="no tests whose name matches")
    parser.add_argument("--threads", metavar="N", type=int, default=8, help="checks at the same time [default 8]")
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit XML there")
    parser.add_argument("--results", metavar="FILE", type=Path, help="write a table of every test there, as Markdown")
    parser.add_argument(
        "--expect", metavar="FILE", type=Path, help="compare with that list: only a check that turned red is a failure"
    )
    parser.add_argument(
        "--accept", action="store_true", help="with --expect: put into the list what was found, keeping its reasons"
    )
    parser.add_argument("--list", action="store_true", help="print the tests that would be run, and run none")


def run(options: argparse.Namespace) -> int:
    """0: no check failed, or none that the expectations say should pass."""
    try:
        listed = selected(official_list(), options.focus, options.skip)
    except re.error as error:
        raise UserError(f"not a regular expression: {error}") from error
    if options.list:
        return _list(listed)
    if options.threads < 1:
        raise UserError("--threads must be at least 1")
    expected = _expectations(options)
    try:
        api = Api.of(str(options.kubeconfig) if options.kubeconfig else None, options.context)
        version = api.request("GET", "/version")["gitVersion"]
    except (ConfigException, OSError) as error:
        raise UserError(f"the kubeconfig cannot be used: {error}") from error
    except (HTTPError, ApiException) as error:
        raise UserError(f"the server does not answer: {error}") from error
    results = run_checks(api, listed, CHECKS, threads=options.threads, kubeconfig=options.kubeconfig, tell=_tell)
    print(f"\n{table(results)}")
    _write(options, version, results)
    if expected is not None:
        return _compare(options, expected, results)
    return 1 if any(result.state is State.FAILED for result in results) else 0


def _list(listed: list[Listed]) -> int:
    written = {check.codename for check in CHECKS}
    for one in listed:
        if one.codename in written:
            print(one.codename)
    others = [one for one in listed if one.codename not in written]
    summary = ", ".join(f"{sum(one.needs == key for one in others)} need {NEEDS[key]}" for key in NEEDS)
    print(f"{len(listed) - len(others)} checks; not written: {summary}", file=sys.stderr)
    return 0


def _expectations(options: argparse.Namespace) -> dict[str, Expected] | None:
    if options.expect is None:
        if options.accept:
            raise UserError("--accept needs --expect, the list to write")
        return None
    try:
        return read(options.expect)
    except (OSError, ValueError) as error:
        raise UserError(f"the expectations cannot be read: {error}") from error


def _compare(options: argparse.Namespace, expected: dict[str, Expected], results: list[Result]) -> int:
    """Name every check that is not as expected. 1: one turned red."""
    changes = compare(expected, results)
    lines = changes.lines() or ["every check is as expected"]
    print("\n" + "\n".join(lines))
    if options.accept:
        write(options.expect, accept(expected, results))
        return 0
    return 1 if changes.red else 0


def _tell(result: Result) -> None:
    if result.state in (State.PASSED, State.FAILED):
        print(line(result), flush=True)


def _write(options: argparse.Namespace, version: str, results: list[Result]) -> None:
    if options.junit:
        options.junit.write_bytes(junit(results))
    if options.results:
        about = (
            f"The official conformance list of v1.37 as checked by `kubejazz conformance` against a server that calls"
            f" itself {version}. How to run it, and the official suite: [docs/conformance.md](../docs/conformance.md)."
        )
        options.results.write_text(markdown(results, about), encoding="utf-8")
