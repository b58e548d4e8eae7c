"""One line per event, on standard error: time, level, logger, message.

An exception is one line too: its type, message and the innermost place; with ``--log-level debug`` the whole traceback.
"""

from __future__ import annotations

import logging
import time
import traceback
from types import TracebackType

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line if self._tracebacks else " | ".join(line.splitlines())

    def formatException(self, ei: _ExcInfo) -> str:
        kind, error, trace = ei
        if self._tracebacks or kind is None:
            return super().formatException(ei)
        place = traceback.extract_tb(trace)[-1:]
        where = f" at {place[0].filename}:{place[0].lineno} in {place[0].name}" if place else ""
        return f"{kind.__name__}: {error}{where}"


def configure(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter(tracebacks=level == "debug"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Ours say what matters; those of libraries say it again, at length.
    for name in ("asyncio", "urllib3", "alembic", "hypercorn", "kubernetes"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
