"""How much a hollow container uses: nothing runs, so the rules and annotations say it.

A percentage is one of what the container asks for; where it asks for nothing, and by default, it uses a little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.objects import Object
from apimachinery.quantity import QuantityError, parse_quantity

_LITTLE: Mapping[str, str] = {"cpu": "1m", "memory": "10Mi"}
_SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
_PREFIX = "kubejazz.io/"
_KWOK = "kwok.x-k8s.io/usage-"
"""What KWOK's users write; like ours, for each container of the pod."""


@dataclass(frozen=True, slots=True)
class Load:
    """``cpu`` in cores, ``memory`` in bytes."""

    cpu: float
    memory: int


def load_of(pod: Object, container: Object, rule: Mapping[str, Any]) -> Load:
    """``rule``: quantities or percentages for ``cpu`` and ``memory``; the pod's annotations come first."""
    return Load(_amount(pod, container, rule, "cpu"), int(_amount(pod, container, rule, "memory")))


def _amount(pod: Object, container: Object, rule: Mapping[str, Any], resource: str) -> float:
    annotations: Mapping[str, str] = pod["metadata"].get("annotations") or {}
    given = (
        annotations.get(f"{_PREFIX}{container['name']}.{resource}-usage"),
        annotations.get(f"{_PREFIX}{resource}-usage"),
        annotations.get(_KWOK + resource),
        rule.get(resource),
        _LITTLE[resource],
    )
    asked = ((container.get("resources") or {}).get("requests") or {}).get(resource)
    return next(found for text in given if (found := _read(text, asked)) is not None)


def _read(text: Any, asked: Any) -> float | None:
    """None for what is not given, cannot be read, or is a share of nothing."""
    if text is None:
        return None
    share = _SHARE.fullmatch(str(text))
    if share is not None and asked is None:
        return None
    try:
        if share is not None:
            return parse_quantity(asked).as_float() * float(share[1]) / 100
        return max(parse_quantity(text).as_float(), 0.0)
    except QuantityError:
        return None
