"""`make bench`: every benchmark, one after the other; the tables in bench/results.md.

    python -m bench [PROGRAM …]

One that fails does not stop the others; the exit code is 1 then.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

PROGRAMS = (
    "bench.startup",
    "bench.thousand",
    "bench.deployments",
    "bench.scheduler",
    "bench.api",
    "bench.generators",
    "bench.clients",
    "bench.profile",
    "bench.growth",
    "bench.http_stack",
    "bench.store",
    "bench.patch",
    "bench.authorization",
    "bench.fairness",
)


def run(programs: Sequence[str], environment: Mapping[str, str] | None = None) -> list[str]:
    """Those that failed. Each in a process of its own, with ``environment`` instead of this one's."""
    failed = []
    for program in programs:
        print(f"\n{program}", flush=True)
        begin = time.monotonic()
        if subprocess.run([sys.executable, "-m", program], check=False, env=environment).returncode:
            failed.append(program)
        print(f"({time.monotonic() - begin:.0f} s)", flush=True)
    return failed


def main(programs: Sequence[str]) -> int:
    begin = time.monotonic()
    failed = run([*(programs or PROGRAMS), "bench.readme"])
    print(f"\n{(time.monotonic() - begin) / 60:.1f} minutes")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
