"""The checks, one module per area; CHECKS is all of them."""

from __future__ import annotations

from conformance.check import Check
from conformance.checks import (
    access,
    api_operations,
    apps,
    chunks,
    cli,
    collection,
    custom_fields,
    definitions,
    discovery,
    jobs,
    lifecycles,
    mounts,
    namespaces,
    network,
    pods,
    policies,
    published_schemas,
    quota,
    resources,
    scheduling,
    taints,
    watchers,
)

CHECKS: tuple[Check, ...] = (
    *access.CHECKS,
    *api_operations.CHECKS,
    *apps.CHECKS,
    *chunks.CHECKS,
    *cli.CHECKS,
    *collection.CHECKS,
    *custom_fields.CHECKS,
    *definitions.CHECKS,
    *discovery.CHECKS,
    *jobs.CHECKS,
    *lifecycles.CHECKS,
    *mounts.CHECKS,
    *namespaces.CHECKS,
    *network.CHECKS,
    *pods.CHECKS,
    *policies.CHECKS,
    *published_schemas.CHECKS,
    *quota.CHECKS,
    *resources.CHECKS,
    *scheduling.CHECKS,
    *taints.CHECKS,
    *watchers.CHECKS,
)
