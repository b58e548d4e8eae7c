"""The pod annotations that say how its containers behave; they win over every rule.

``kubejazz.io/<name>`` speaks of all containers of the pod, ``kubejazz.io/<container>.<name>`` of one.
A value that cannot be read is ignored, as upstream ignores malformed annotations. README.md lists them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.objects import Object

PREFIX = "kubejazz.io/"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Overrides:
    """None: the annotation is absent."""

    exit_code: int | None = None
    run_seconds: float | None = None
    exit_reason: str | None = None
    start_seconds: float | None = None
    start_error: str | None = None
    ready_seconds: float | None = None
    pull_seconds: float | None = None
    pull_error: str | None = None
    stop_seconds: float | None = None
    stop_code: int | None = None
    fail_probes: tuple[str, ...] = ()


NONE = Overrides()


def overrides_of(pod: Object, container: str) -> Overrides:
    annotations: Mapping[str, str] = pod["metadata"].get("annotations") or {}
    given: dict[str, Any] = {}
    for name, (field, read) in _READERS.items():
        text = annotations.get(f"{PREFIX}{container}.{name}", annotations.get(PREFIX + name))
        value = None if text is None else read(text)
        if value is not None:
            given[field] = value
    return Overrides(**given) if given else NONE


def parse_seconds(text: str) -> float | None:
    """``5s``, ``1m30s``, ``250ms``, ``2`` (seconds), ``infinity``; None for anything else."""
    if text in ("infinity", "inf"):
        return math.inf
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _code(text: str) -> int | None:
    return int(text) if text.isdigit() and int(text) < 256 else None


def _text(text: str) -> str | None:
    return text


def _probes(text: str) -> tuple[str, ...] | None:
    known = ("readiness", "liveness", "startup")
    return tuple(f"{name}Probe" for name in re.split(r"[\s,]+", text) if name in known)


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "exit-code": ("exit_code", _code),
    "run-duration": ("run_seconds", parse_seconds),
    "exit-reason": ("exit_reason", _text),
    "start-delay": ("start_seconds", parse_seconds),
    "start-error": ("start_error", _text),
    "ready-delay": ("ready_seconds", parse_seconds),
    "pull-delay": ("pull_seconds", parse_seconds),
    "pull-error": ("pull_error", _text),
    "stop-delay": ("stop_seconds", parse_seconds),
    "stop-exit-code": ("stop_code", _code),
    "fail-probes": ("fail_probes", _probes),
}
