"""Addresses of services: which go together, and which may change."""

from __future__ import annotations

import pytest

from tests.server.validation.table import Case, Table, all_of, cases, drop, put, same

SERVICE = Table(
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "clusterIP": "10.0.0.1",
            "clusterIPs": ["10.0.0.1"],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "selector": {"a": "b"},
            "ports": [{"port": 80}],
        },
    },
    create=(
        (drop("spec.clusterIPs"), ["spec.clusterIPs: Required value"]),
        (
            drop("spec.clusterIP"),
            ['spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified'],
        ),
        (
            put("spec.clusterIPs", ["10.0.0.2"]),
            ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'],
        ),
        (
            all_of(put("spec.clusterIP", "None"), put("spec.clusterIPs", ["None", "::1"])),
            ['spec.clusterIPs: Invalid value: ["None","::1"]: \'None\' must be the first and only value'],
        ),
        (
            all_of(put("spec.clusterIPs", ["10.0.0.1", "10.0.0.2"]), put("spec.ipFamilyPolicy", "PreferDualStack")),
            [
                (
                    'spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for '
                    "each IP family"
                )
            ],
        ),
        (
            all_of(
                put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                put("spec.ipFamilies", ["IPv4", "IPv6"]),
                put("spec.ipFamilyPolicy", "PreferDualStack"),
            ),
            [],
        ),
        (
            all_of(
                all_of(
                    put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                    put("spec.ipFamilies", ["IPv4", "IPv6"]),
                    put("spec.ipFamilyPolicy", "PreferDualStack"),
                ),
                put("spec.clusterIPs", ["10.0.0.1", "::1", "::2"]),
            ),
            ['spec.clusterIPs: Invalid value: ["10.0.0.1","::1","::2"]: may only hold up to 2 values'],
        ),
        (
            all_of(put("spec.ipFamilies", ["IPv6"])),
            [('spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`')],
        ),
        (
            all_of(put("spec.ipFamilies", ["IPv5"])),
            ['spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'],
        ),
        (
            put("spec.ipFamilyPolicy", "Some"),
            [
                (
                    'spec.ipFamilyPolicy: Unsupported value: "Some": supported values: "PreferDualStack", '
                    '"RequireDualStack", "SingleStack"'
                )
            ],
        ),
        (
            all_of(
                all_of(
                    put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                    put("spec.ipFamilies", ["IPv4", "IPv6"]),
                    put("spec.ipFamilyPolicy", "PreferDualStack"),
                ),
                put("spec.ipFamilyPolicy", "SingleStack"),
            ),
            [],
        ),
        (
            put("metadata.annotations", {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8"}),
            [
                (
                    "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may "
                    "only be used when `type` is 'LoadBalancer'"
                )
            ],
        ),
        (
            all_of(
                put(
                    "metadata.annotations", {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8, x"}
                ),
                put("spec.type", "LoadBalancer"),
                put("spec.allocateLoadBalancerNodePorts", True),
                put("spec.externalTrafficPolicy", "Cluster"),
            ),
            [
                (
                    "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "
                    '"x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
                )
            ],
        ),
        (
            put("spec.loadBalancerClass", "a.io/b"),
            ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"],
        ),
        (drop("spec.internalTrafficPolicy"), ["spec.internalTrafficPolicy: Required value"]),
        (
            all_of(put("spec.sessionAffinity", "ClientIP")),
            ["spec.sessionAffinityConfig: Required value: when session affinity type is ClientIP"],
        ),
        (
            all_of(put("spec.sessionAffinity", "ClientIP"), put("spec.sessionAffinityConfig", {"clientIP": {}})),
            [
                (
                    "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Required value: when session affinity "
                    "type is ClientIP"
                )
            ],
        ),
        (
            all_of(put("spec.sessionAffinity", "ClientIP"), put("spec.sessionAffinityConfig", {})),
            ["spec.sessionAffinityConfig.clientIP: Required value: when session affinity type is ClientIP"],
        ),
        (
            all_of(
                put("spec.type", "ExternalName"),
                drop("spec.clusterIP"),
                drop("spec.clusterIPs"),
                drop("spec.ipFamilies"),
                drop("spec.ipFamilyPolicy"),
                drop("spec.internalTrafficPolicy"),
            ),
            ["spec.externalName: Required value"],
        ),
    ),
    update=(
        (
            same,
            all_of(put("spec.clusterIP", "10.0.0.2"), put("spec.clusterIPs", ["10.0.0.2"])),
            ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
        ),
        (
            same,
            all_of(drop("spec.clusterIP"), drop("spec.clusterIPs")),
            ["spec.clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset"],
        ),
        (
            same,
            all_of(
                put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                put("spec.ipFamilies", ["IPv4", "IPv6"]),
                put("spec.ipFamilyPolicy", "PreferDualStack"),
            ),
            [],
        ),
        (
            all_of(
                put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                put("spec.ipFamilies", ["IPv4", "IPv6"]),
                put("spec.ipFamilyPolicy", "PreferDualStack"),
            ),
            same,
            [],
        ),
        (
            all_of(
                put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                put("spec.ipFamilies", ["IPv4", "IPv6"]),
                put("spec.ipFamilyPolicy", "PreferDualStack"),
            ),
            put("spec.ipFamilyPolicy", "PreferDualStack"),
            [
                (
                    "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when "
                    "releasing the secondary clusterIP"
                ),
                (
                    "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when "
                    "releasing the secondary ipFamily"
                ),
            ],
        ),
        (
            all_of(
                put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                put("spec.ipFamilies", ["IPv4", "IPv6"]),
                put("spec.ipFamilyPolicy", "PreferDualStack"),
            ),
            all_of(
                put("spec.clusterIP", "::1"),
                put("spec.clusterIPs", ["::1"]),
                put("spec.ipFamilies", ["IPv6"]),
                put("spec.ipFamilyPolicy", "SingleStack"),
            ),
            [
                'spec.clusterIPs[0]: Invalid value: ["::1"]: may not change once set',
                'spec.ipFamilies[0]: Invalid value: ["::1"]: may not change once set',
            ],
        ),
        (
            all_of(
                put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                put("spec.ipFamilies", ["IPv4", "IPv6"]),
                put("spec.ipFamilyPolicy", "PreferDualStack"),
            ),
            all_of(
                all_of(
                    put("spec.clusterIPs", ["10.0.0.1", "::1"]),
                    put("spec.ipFamilies", ["IPv4", "IPv6"]),
                    put("spec.ipFamilyPolicy", "PreferDualStack"),
                ),
                drop("spec.clusterIP"),
                drop("spec.clusterIPs"),
                drop("spec.ipFamilies"),
            ),
            [
                "spec.clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset",
                "spec.ipFamilies[0]: Invalid value: null: primary ipFamily can not be unset",
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(SERVICE))
def test_rules(case: Case) -> None:
    case.check()
