"""The checks, one module per area; CHECKS is all of them."""

from __future__ import annotations

from conformance.check import Check
from conformance.checks import (
    access,
    api_operations,
    apps,
    cli,
    collection,
    definitions,
    discovery,
    jobs,
    lifecycles,
    namespaces,
    network,
    pods,
    quota,
    scheduling,
    watchers,
)

CHECKS: tuple[Check, ...] = (
    *access.CHECKS,
    *api_operations.CHECKS,
    *apps.CHECKS,
    *cli.CHECKS,
    *collection.CHECKS,
    *definitions.CHECKS,
    *discovery.CHECKS,
    *jobs.CHECKS,
    *lifecycles.CHECKS,
    *namespaces.CHECKS,
    *network.CHECKS,
    *pods.CHECKS,
    *quota.CHECKS,
    *scheduling.CHECKS,
    *watchers.CHECKS,
)
