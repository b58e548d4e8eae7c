"""The compressed index lists of indexed jobs: ``1,3-5,7``. Source: k8s.io/kubernetes/pkg/apis/batch/validation."""

from __future__ import annotations

import re

from apimachinery.fielderrors import quote

_number = re.compile("[+-]?[0-9]{1,18}").fullmatch


class IndexListError(ValueError):
    """The text is not such a list; the message is upstream's."""


def count_indexes(text: str, completions: int) -> int:
    """How many indexes the list has. Raises IndexListError."""
    total, last = 0, -1
    for fragment in text.split(",") if text else ():
        low, high = parse_interval(fragment, completions)
        if total and last >= low:
            raise IndexListError(f"non-increasing order, previous: {last}, current: {low}")
        total += high - low + 1
        last = high
    return total


def parse_interval(fragment: str, completions: int) -> tuple[int, int]:
    bounds = fragment.split("-")
    if len(bounds) > 2:
        raise IndexListError(
            f"the fragment {quote(fragment)} violates the requirement that an index interval "
            "can have at most two parts separated by '-'"
        )
    numbers = [_parse(bound, completions) for bound in bounds]
    if len(numbers) == 2 and numbers[0] >= numbers[1]:
        raise IndexListError(f"non-increasing order, previous: {numbers[0]}, current: {numbers[1]}")
    return numbers[0], numbers[-1]


def _parse(text: str, completions: int) -> int:
    if not _number(text):
        raise IndexListError(f"cannot convert string to integer for index: {quote(text)}")
    if int(text) >= completions:
        raise IndexListError(f"too large index: {quote(text)}")
    return int(text)


def overlap(completed: str, failed: str, completions: int) -> int | None:
    """The first index that is in both lists, or None; intervals that cannot be read are passed over."""
    done, lost = _readable(completed, completions), _readable(failed, completions)
    while done and lost:
        (low, high), (other_low, other_high) = done[0], lost[0]
        if low <= other_high and other_low <= high:
            return max(low, other_low)
        (done if low <= other_low else lost).pop(0)
    return None


def _readable(text: str, completions: int) -> list[tuple[int, int]]:
    intervals = []
    for fragment in text.split(",") if text else ():
        try:
            intervals.append(parse_interval(fragment, completions))
        except IndexListError:
            continue
    return intervals
