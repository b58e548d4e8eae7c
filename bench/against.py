"""The load of bench.api on another cluster and on a server of ours, one after the other from this machine.

    python -m bench.against KUBECONFIG [--seconds 1]      make bench-against KUBECONFIG=…

Both columns are printed, nothing is kept. The other cluster gets a namespace, which is deleted at the end.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench.api import measure
from bench.load import LoadError
from bench.table import Table
from bench.target import from_kubeconfig
from kubejazz.testing import start


class Shown(NamedTuple):
    """How many columns say what was measured, and which say what came out."""

    keys: int
    measures: tuple[str, ...]


SHOWN = (Shown(3, ("per s",)), Shown(1, ("first", "median")), Shown(1, ("p50", "p99")))
"""For the tables of bench.api, in their order."""


def beside(theirs: Table, ours: Table, shown: Shown) -> Table:
    """One row for each of ``theirs``, with what both measured."""
    at = [list(theirs.columns).index(measure) for measure in shown.measures]
    columns = [*theirs.columns[: shown.keys], *(f"{who}, {m}" for m in shown.measures for who in ("theirs", "ours"))]
    rows: list[Sequence[str]] = []
    own = {tuple(row[: shown.keys]): row for row in ours.rows}
    for row in theirs.rows:
        mine = own[tuple(row[: shown.keys])]
        rows.append([*row[: shown.keys], *(cell for i in at for cell in (row[i], mine[i]))])
    return Table(theirs.title, "bench.against", columns, rows)


async def both(theirs: Path, ours: Path, seconds: float) -> list[Table]:
    """The other first. Neither process is looked at: theirs may be anywhere."""
    first = await measure(from_kubeconfig(theirs), seconds, {})
    second = await measure(from_kubeconfig(ours), seconds, {})
    return [beside(other, own, shown) for other, own, shown in zip(first, second, SHOWN, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kubeconfig", type=Path, help="of the other cluster")
    parser.add_argument("--seconds", type=float, default=1.0, help="per measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        running = start(Path(folder))
        try:
            for table in uvloop.run(both(options.kubeconfig, running.kubeconfig, options.seconds)):
                print(f"\n{table.title}")
                table.show()
        except* LoadError as refused:
            raise SystemExit(f"the load was refused: {refused.exceptions[0]}") from None
        finally:
            running.stop()


if __name__ == "__main__":
    main()
