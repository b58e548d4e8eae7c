"""How fast this machine is at the moment: what the standard library takes to print and read a pod of 2 KB.

A figure without a peer of its own in its table is compared in units of it: machines differ, and so do moods of one.
"""

from __future__ import annotations

import json
import time

from bench.pods import pod

ROUNDS, CALLS = 20, 400


def yardstick() -> float:
    """Microseconds of CPU: the least of some rounds, about half a second altogether."""
    value = json.loads(pod(0))
    return min(_round(value) for _ in range(ROUNDS))


def _round(value: object) -> float:
    begin = time.process_time()
    for _ in range(CALLS):
        json.loads(json.dumps(value))
    return (time.process_time() - begin) / CALLS * 1e6
