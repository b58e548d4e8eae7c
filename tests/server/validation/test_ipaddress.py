"""The addresses and ranges of services."""

from __future__ import annotations

import pytest

from tests.server.validation.table import SUBDOMAIN, Case, Table, cases, drop, put, same

IP_ADDRESS = Table(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IPAddress",
        "metadata": {"name": "10.0.0.1"},
        "spec": {"parentRef": {"resource": "services", "name": "s", "namespace": "shop"}},
    },
    create=(
        (put("metadata.name", "10.0.0.01"), ['metadata.name: Invalid value: "10.0.0.01": must not have leading 0s']),
        (
            put("metadata.name", "x"),
            ['metadata.name: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
        ),
        (
            put("metadata.name", "FD00::1"),
            ['metadata.name: Invalid value: "FD00::1": must be in canonical form ("fd00::1")'],
        ),
        (drop("spec.parentRef"), ["spec.parentRef: Required value"]),
        (
            put("spec.parentRef", {"group": "A", "namespace": "a/b"}),
            [
                f'spec.parentRef.group: Invalid value: "A": {SUBDOMAIN}',
                "spec.parentRef.namespace: Invalid value: \"a/b\": may not contain '/'",
                "spec.parentRef.resource: Required value",
                "spec.parentRef.name: Required value",
            ],
        ),
    ),
    update=(
        (same, put("spec.parentRef.name", "t"), ["spec.parentRef: Invalid value: null: field is immutable"]),
        (
            same,
            drop("spec.parentRef"),
            ["spec.parentRef: Required value", "spec.parentRef: Invalid value: null: field is immutable"],
        ),
    ),
)

SERVICE_CIDR = Table(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": "c"},
        "spec": {"cidrs": ["10.0.0.0/16"]},
    },
    create=(
        (put("spec.cidrs", []), ["spec.cidrs: Required value: at least one CIDR required"]),
        (
            put("spec.cidrs", ["10.0.0.1/16", "x"]),
            [
                'spec.cidrs[0]: Invalid value: "10.0.0.1/16": must not have bits set beyond the prefix length',
                'spec.cidrs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
            ],
        ),
        (
            put("spec.cidrs", ["10.0.0.0/16", "10.1.0.0/16"]),
            [
                (
                    'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for '
                    "each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
                )
            ],
        ),
        (
            put("spec.cidrs", ["10.0.0.0/16", "fd00::/64", "fd01::/64"]),
            [
                (
                    'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/16","fd00::/64","fd01::/64"]}: may only hold '
                    "up to 2 values"
                )
            ],
        ),
        (
            put("spec.cidrs", ["FD00::/64"]),
            ['spec.cidrs[0]: Invalid value: "FD00::/64": must be in canonical form ("fd00::/64")'],
        ),
    ),
    update=(
        (same, put("spec.cidrs", ["10.1.0.0/16"]), ['spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable']),
        (same, put("spec.cidrs", []), ["spec.cidrs: Invalid value: []: field is immutable"]),
        (same, put("spec.cidrs", ["10.0.0.0/16", "fd00::/64"]), []),
        (
            same,
            put("spec.cidrs", ["10.1.0.0/16", "10.2.0.0/16"]),
            [
                'spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable',
                (
                    'spec.cidrs: Invalid value: ["10.1.0.0/16","10.2.0.0/16"]: may specify no more than one IP for '
                    "each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
                ),
            ],
        ),
    ),
    status=(
        (
            same,
            put("metadata.resourceVersion", ""),
            ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(IP_ADDRESS, SERVICE_CIDR))
def test_rules(case: Case) -> None:
    case.check()
