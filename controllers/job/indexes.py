"""Completion indexes: on pods, in status strings like ``0-3,7``, and which are wanted next.

Source: pkg/controller/job/indexed_job_utils.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from apimachinery.objects import Object

COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index"
"""An annotation and a label of a pod."""
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count"
_INT32 = 2**31


def is_indexed(job: Mapping[str, Any]) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def index_of(pod: Mapping[str, Any]) -> int | None:
    return _number((pod["metadata"].get("annotations") or {}).get(COMPLETION_INDEX))


def valid_index(job: Mapping[str, Any], pod: Mapping[str, Any]) -> int | None:
    """The pod's index, None when it has none or one beyond the completions."""
    index = index_of(pod)
    return index if index is not None and index < int(job["spec"].get("completions") or 0) else None


def indexes_of(pods: Iterable[Object]) -> set[int]:
    return {index for pod in pods if (index := index_of(pod)) is not None}


def failures_of(pod: Mapping[str, Any]) -> int:
    """How often the pod's index had failed when the pod was made."""
    return _count(pod, FAILURES)


def all_failures_of(pod: Mapping[str, Any]) -> int:
    """The same with failures that a policy ignores."""
    return _count(pod, FAILURES) + _count(pod, IGNORED_FAILURES)


def parse_indexes(text: str, completions: int) -> set[int]:
    """Those below ``completions``; what cannot be read is left out."""
    found: set[int] = set()
    for part in (text or "").split(","):
        first, dash, last = part.partition("-")
        low = _number(first)
        high = _number(last) if dash else low
        if low is not None and high is not None:
            found.update(range(low, min(high + 1, completions)))
    return found


def format_indexes(indexes: Collection[int]) -> str:
    """``0-2,5,6``: three or more in a row as a range."""
    parts: list[str] = []
    runs: list[list[int]] = []
    for index in sorted(indexes):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    for run in runs:
        parts += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(index) for index in run]
    return ",".join(parts)


def first_pending(completions: int, taken: Collection[int], count: int) -> list[int]:
    """The ``count`` smallest indexes that are not taken."""
    pending: list[int] = []
    for index in range(completions):
        if len(pending) >= count:
            break
        if index not in taken:
            pending.append(index)
    return pending


def _count(pod: Mapping[str, Any], annotation: str) -> int:
    number = _number((pod["metadata"].get("annotations") or {}).get(annotation))
    return number if number is not None and number < _INT32 else 0


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None
