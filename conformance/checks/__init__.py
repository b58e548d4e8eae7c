"""The checks, one module per area; CHECKS is all of them."""

from __future__ import annotations

from conformance.check import Check
from conformance.checks import api_operations, apps, collection, discovery, lifecycles, namespaces, quota, watchers

CHECKS: tuple[Check, ...] = (
    *api_operations.CHECKS,
    *lifecycles.CHECKS,
    *watchers.CHECKS,
    *discovery.CHECKS,
    *namespaces.CHECKS,
    *collection.CHECKS,
    *quota.CHECKS,
    *apps.CHECKS,
)
