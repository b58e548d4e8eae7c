"""`make bench-check`: the benchmarks again, and what is more than a tenth worse than the committed results.

    python -m bench.check [PROGRAM …]

Measures into a file of its own. A program with a figure that is worse is run twice more, and the best of each figure
counts: a machine has moods, a regression stays. Prints the culprits and exits with 1 if there are any.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.__main__ import PROGRAMS, run
from bench.compared import Ratio, ratios, sections
from bench.table import RESULTS

WORSE = 1.1
TURNS = 3


def culprits(committed: Mapping[str, Ratio], measured: Mapping[str, Ratio]) -> list[str]:
    """A line for each figure that is worse than WORSE times what it was, or that is gone."""
    lines = []
    for name, before in committed.items():
        now = measured.get(name)
        if now is None:
            lines.append(f"{name}: was {before.shown}, not measured any more")
        elif now.value > WORSE * before.value:
            lines.append(f"{name}: {before.shown} → {now.shown} ({now.value / before.value:.2f} times, by its peer)")
    return lines


def best(first: Mapping[str, Ratio], second: Mapping[str, Ratio]) -> dict[str, Ratio]:
    merged = dict(first)
    for name, ratio in second.items():
        if name not in merged or ratio.value < merged[name].value:
            merged[name] = ratio
    return merged


def read(path: Path) -> dict[str, Ratio]:
    return {ratio.name: ratio for ratio in ratios(sections(path.read_text()))} if path.exists() else {}


def worse(committed: Mapping[str, Ratio], measured: Mapping[str, Ratio]) -> list[str]:
    """The programs that have a culprit, in the order they are run in."""
    found = {
        before.program
        for name, before in committed.items()
        if name not in measured or measured[name].value > WORSE * before.value
    }
    return [program for program in PROGRAMS if program in found]


def main(programs: Sequence[str]) -> int:
    wanted = list(programs or PROGRAMS)
    committed = {name: ratio for name, ratio in read(RESULTS).items() if ratio.program in wanted}
    measured: dict[str, Ratio] = {}
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        for turn in range(TURNS):
            path = Path(folder, f"{turn}.md")
            failed += run(wanted, {**os.environ, "KUBEJAZZ_BENCH_RESULTS": str(path)})
            measured = best(measured, read(path))
            wanted = worse(committed, measured)
            if not wanted:
                break
    found = culprits(committed, measured) + [f"{program} failed" for program in sorted(set(failed))]
    print("\n" + "\n".join(found or [f"{len(committed)} figures are as good as the committed ones"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
