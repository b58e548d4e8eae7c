"""Storage version migrations."""

from __future__ import annotations

import pytest

from tests.server.validation.table import DNS1035, KEY, SUBDOMAIN, Case, Table, cases, put, same

MIGRATION = Table(
    {
        "apiVersion": "storagemigration.k8s.io/v1",
        "kind": "StorageVersionMigration",
        "metadata": {"name": "m"},
        "spec": {"resource": {"group": "a.io", "resource": "things"}},
    },
    create=(
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (put("spec", {}), ["spec.resource.resource: Required value: resource is required to be set"]),
        (
            put("spec.resource", {"group": "A", "resource": "B"}),
            [
                f'spec.resource.resource: Invalid value: "B": {DNS1035}',
                f'spec.resource.group: Invalid value: "A": {SUBDOMAIN}',
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.resource.resource", "others"),
            ['spec: Invalid value: {"resource":{"group":"a.io","resource":"others"}}: field is immutable'],
        ),
    ),
    status=(
        (
            same,
            put("status.resourceVersion", "07"),
            ['status.resourceVersion: Invalid value: "07": resource version is not well formed: 07'],
        ),
        (
            put("status.resourceVersion", "7"),
            put("status.resourceVersion", "8"),
            ['status.resourceVersion: Invalid value: "8": field is immutable'],
        ),
        (
            same,
            put(
                "status.conditions",
                [
                    {
                        "type": "Succeeded",
                        "status": "True",
                        "reason": "R",
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                        "message": "",
                    },
                    {
                        "type": "Failed",
                        "status": "True",
                        "reason": "R",
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                        "message": "",
                    },
                ],
            ),
            [
                (
                    "status.conditions: Invalid value: "
                    '[{"type":"Succeeded","status":"True","reason":"R","lastTransitionTime":"202'
                    '6-01-01T00:00:00Z","message":""},{"type":"Failed","status":"True","reason":'
                    '"R","lastTransitionTime":"2026-01-01T00:00:00Z","message":""}]: Both success and failed '
                    "conditions cannot be true at the same time"
                )
            ],
        ),
        (
            put(
                "status.conditions",
                [
                    {
                        "type": "Succeeded",
                        "status": "True",
                        "reason": "R",
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                        "message": "",
                    }
                ],
            ),
            put("status.conditions", []),
            ["status.conditions: Invalid value: []: Success condition cannot be set to false once it is true"],
        ),
        (
            put(
                "status.conditions",
                [
                    {
                        "type": "Failed",
                        "status": "True",
                        "reason": "R",
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                        "message": "",
                    }
                ],
            ),
            put("status.conditions", []),
            ["status.conditions: Invalid value: []: Failed condition cannot be set to false once it is true"],
        ),
        (
            same,
            put("status.conditions", [{"type": "a b", "status": "", "reason": ""}]),
            [
                f'status.conditions[0].type: Invalid value: "a b": {KEY}',
                "status.conditions[0].status: Required value",
                "status.conditions[0].lastTransitionTime: Required value",
                "status.conditions[0].reason: Required value",
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(MIGRATION))
def test_rules(case: Case) -> None:
    case.check()
