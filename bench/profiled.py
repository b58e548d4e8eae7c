"""kubejazz with a sampler in it: `python -m bench.profiled FILE serve …`. For :mod:`bench.profile`.

SIGUSR1 begins, SIGUSR2 writes to FILE what each part of the main thread and the other threads took since, in CPU
seconds. A sample counts for the main thread's CPU time since the sample before, so that waiting counts for nothing.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

from kubejazz.__main__ import main

INTERVAL = 0.001
ROOT = str(Path(__file__).parent.parent) + "/"
HTTP, FILTERS, DECODE, ADMIT = "TLS, HTTP", "filters, routing", "decode, default", "admit, validate"
ENCODE, STORE, FAN_OUT = "encode", "store", "fan-out"
PARTS = (HTTP, FILTERS, DECODE, ADMIT, ENCODE, STORE, FAN_OUT)
_FILES = (
    ("server/http/", HTTP),
    ("server/endpoints/watch.py", FAN_OUT),
    ("server/endpoints/body.py", DECODE),
    ("server/defaulting/", DECODE),
    ("server/patch/", DECODE),
    ("openapi/", DECODE),
    ("server/admission/", ADMIT),
    ("server/validation/", ADMIT),
    ("server/registry/codec.py", ENCODE),
    ("server/registry/", ADMIT),
    ("server/kinds/", ADMIT),
    ("server/encoding/", ENCODE),
    ("server/printers/", ENCODE),
    ("storage/watch.py", FAN_OUT),
    ("storage/waker.py", FAN_OUT),
    ("storage/ring.py", FAN_OUT),
    ("storage/", STORE),
    ("server/", FILTERS),
)
"""The first that fits the innermost frame that fits any; what fits none is the event loop's own: reading, TLS."""


class Sampler:
    def __init__(self, out: Path) -> None:
        self._out = out
        self._known: dict[str, str] = {}
        self._begin()

    def install(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.signal(signal.SIGUSR1, lambda number, frame: self._begin())
        signal.signal(signal.SIGUSR2, lambda number, frame: self.write())
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def _begin(self) -> None:
        self._taken: defaultdict[str, float] = defaultdict(float)
        self._last, self._process = time.thread_time(), time.process_time()
        self._thread = self._last

    def _sample(self, number: int, frame: FrameType | None) -> None:
        now = time.thread_time()
        self._taken[self._part(frame)] += now - self._last
        self._last = now

    def _part(self, frame: FrameType | None) -> str:
        while frame is not None:
            name = frame.f_code.co_filename
            part = self._known.get(name)
            if part is None:
                part = self._known[name] = part_of(name)
            if part:
                return part
            frame = frame.f_back
        return HTTP

    def write(self) -> None:
        others = (time.process_time() - self._process) - (time.thread_time() - self._thread)
        taken = {**self._taken, STORE: self._taken[STORE] + others}
        draft = self._out.with_suffix(".new")
        draft.write_text(json.dumps(taken))
        draft.rename(self._out)


def part_of(filename: str) -> str:
    if not filename.startswith(ROOT):
        return ""
    path = filename.removeprefix(ROOT)
    return next((part for begin, part in _FILES if path.startswith(begin)), "")


if __name__ == "__main__":
    Sampler(Path(sys.argv.pop(1))).install()
    sys.exit(main())
