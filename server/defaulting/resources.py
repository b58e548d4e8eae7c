"""Quantities of resources: nothing finer than a thousandth is kept.

Source: SetDefaults_ResourceList in pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

import re

from apimachinery.objects import Object
from apimachinery.quantity import Quantity, parse_quantity

_MAY_BE_FINER = re.compile(r"[nu]|\.\d{4}|\.\d+m|[eE]-")
_MILLI = -3


def round_up(resources: Object | None) -> None:
    """Round each quantity of a resource list away from zero, in place."""
    if not resources:
        return
    for name, value in resources.items():
        if _MAY_BE_FINER.search(str(value)):
            quantity = parse_quantity(value)
            resources[name] = str(Quantity(quantity.milli_value(), _MILLI, quantity.format))


def requirements(owner: Object) -> None:
    """Round what the ``resources`` of a container, a claim or a pod ask for and allow."""
    resources = owner.get("resources")
    if resources:
        round_up(resources.get("limits"))
        round_up(resources.get("requests"))
