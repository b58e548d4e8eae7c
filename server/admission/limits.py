"""The sentences of a LimitRange: minimum, maximum and ratio of limit to request, against what is asked for.

Pure. Source: k8s.io/kubernetes plugin/pkg/admission/limitranger/admission.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apimachinery.objects import Object
from apimachinery.pod_resources import Resources, parse_resources
from apimachinery.quantity import Quantity


class Usage(NamedTuple):
    """``limits`` None: they mean nothing for this kind."""

    requests: Resources
    limits: Resources | None


def violations(limit: Object, usage: Usage) -> Iterator[str]:
    """A sentence for each rule of ``limit`` that ``usage`` breaks, by resource name within each rule."""
    type = limit.get("type", "")
    for name, bound in sorted(parse_resources(limit.get("min")).items()):
        yield from _minimum(f"minimum {name} usage per {type} is {bound}", name, bound, usage)
    for name, bound in sorted(parse_resources(limit.get("max")).items()):
        yield from _maximum(f"maximum {name} usage per {type} is {bound}", name, bound, usage)
    if usage.limits is not None:
        for name, bound in sorted(parse_resources(limit.get("maxLimitRequestRatio")).items()):
            text = f"{name} max limit to request ratio per {type} is {bound}"
            yield from _ratio(text, bound, usage.requests.get(name), usage.limits.get(name))


def _minimum(text: str, name: str, bound: Quantity, usage: Usage) -> Iterator[str]:
    request, limit = usage.requests.get(name), (usage.limits or {}).get(name)
    if request is None:
        yield f"{text}.  No request is specified"
    elif request < bound:
        yield f"{text}, but request is {request}"
    elif limit is not None and limit < bound:
        yield f"{text}, but limit is {limit}"


def _maximum(text: str, name: str, bound: Quantity, usage: Usage) -> Iterator[str]:
    request = usage.requests.get(name)
    if usage.limits is None:
        limit, missing = request, "request"
    else:
        limit, missing = usage.limits.get(name), "limit"
    if limit is None:
        yield f"{text}.  No {missing} is specified"
    elif limit > bound:
        yield f"{text}, but {missing} is {limit}"
    elif request is not None and request > bound:
        yield f"{text}, but request is {request}"


def _ratio(text: str, bound: Quantity, request: Quantity | None, limit: Quantity | None) -> Iterator[str]:
    if not request:
        yield f"{text}, but no request is specified or request is 0"
    elif not limit:
        yield f"{text}, but no limit is specified or limit is 0"
    else:
        ratio = limit.milli_value() / request.milli_value()
        if ratio > bound.as_float():
            yield f"{text}, but provided ratio is {ratio:f}"
