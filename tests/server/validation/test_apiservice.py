"""API services."""

from __future__ import annotations

import pytest

from tests.server.validation.table import DNS1035, SUBDOMAIN, Case, Table, all_of, cases, drop, put, same

API_SERVICE = Table(
    {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1.a.io"},
        "spec": {
            "group": "a.io",
            "version": "v1",
            "groupPriorityMinimum": 1000,
            "versionPriority": 15,
            "service": {"name": "s", "namespace": "n"},
        },
    },
    create=(
        (
            put("metadata.name", "v1.b.io"),
            ['metadata.name: Invalid value: "v1.b.io": must be `spec.version+"."+spec.group`: "v1.a.io"'],
        ),
        (put("metadata.name", "a/b"), ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]),
        (
            all_of(put("metadata.name", "V1.a_b"), put("spec.group", "a_b"), put("spec.version", "V1")),
            [f'spec.group: Invalid value: "a_b": {SUBDOMAIN}', f'spec.version: Invalid value: "V1": {DNS1035}'],
        ),
        (
            all_of(put("metadata.name", "v2."), put("spec.version", "v2"), put("spec.group", "")),
            ["spec.group: Required value: only v1 may have an empty group and it better be legacy kube"],
        ),
        (all_of(put("metadata.name", "v1."), put("spec.group", "")), []),
        (
            put("spec.groupPriorityMinimum", 20001),
            ["spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000"],
        ),
        (
            put("spec.versionPriority", 1001),
            ["spec.versionPriority: Invalid value: 1001: must be positive and less than 1000"],
        ),
        (
            all_of(put("spec.versionPriority", 0), put("spec.groupPriorityMinimum", -1)),
            [
                "spec.groupPriorityMinimum: Invalid value: -1: must be positive and less than 20000",
                "spec.versionPriority: Invalid value: 0: must be positive and less than 1000",
            ],
        ),
        (
            put("spec.service", {}),
            [
                "spec.service.namespace: Required value",
                "spec.service.name: Required value",
                "spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            put("spec.service.port", 65536),
            ["spec.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive"],
        ),
        (
            all_of(put("spec.insecureSkipTLSVerify", True), put("spec.caBundle", "aGk=")),
            ["spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present"],
        ),
        (
            all_of(drop("spec.service"), put("spec.insecureSkipTLSVerify", True), put("spec.caBundle", "aGk=")),
            [
                'spec.caBundle: Invalid value: "2 bytes": local APIServices may not have a caBundle',
                (
                    "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have "
                    "insecureSkipTLSVerify"
                ),
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.versionPriority", 0),
            ["spec.versionPriority: Invalid value: 0: must be positive and less than 1000"],
        ),
        (
            same,
            put("metadata.name", "v2.a.io"),
            [
                'metadata.name: Invalid value: "v2.a.io": field is immutable',
                'metadata.name: Invalid value: "v2.a.io": must be `spec.version+"."+spec.group`: "v1.a.io"',
            ],
        ),
        (
            same,
            put("metadata.resourceVersion", ""),
            ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
        ),
    ),
    status=(
        (
            same,
            put("status.conditions", [{"type": "Available", "status": "Some"}]),
            [('status.conditions[0].status: Unsupported value: "Some": supported values: "True", "False", "Unknown"')],
        ),
        (same, put("spec.versionPriority", 0), []),
    ),
)


@pytest.mark.parametrize("case", cases(API_SERVICE))
def test_rules(case: Case) -> None:
    case.check()
