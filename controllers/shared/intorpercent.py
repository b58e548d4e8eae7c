"""Numbers that are given as they are or as a percentage of something (k8s.io/apimachinery/pkg/util/intstr)."""

from __future__ import annotations

import re

_PERCENT = re.compile(r"-?[0-9]+%")


def scaled(value: int | str | None, total: int, *, round_up: bool) -> int:
    """The number that ``value`` means; None means 0. ValueError: neither a number nor a percentage."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    if not _PERCENT.fullmatch(value):
        raise ValueError(f'invalid value for IntOrString: invalid type: string is not a percentage: "{value}"')
    product = int(value[:-1]) * total
    return -(-product // 100) if round_up else product // 100
