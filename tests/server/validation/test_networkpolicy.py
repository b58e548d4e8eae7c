"""Network policies."""

from __future__ import annotations

import pytest

from tests.server.validation.table import VALUE, Case, Table, cases, put, same

NETWORK_POLICY = Table(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "r", "namespace": "shop"},
        "spec": {
            "podSelector": {},
            "ingress": [
                {
                    "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}, {"podSelector": {}}],
                    "ports": [{"port": 80, "endPort": 90}],
                }
            ],
            "egress": [{"to": [{"namespaceSelector": {}}]}],
            "policyTypes": ["Ingress", "Egress"],
        },
    },
    create=(
        (
            put("spec.podSelector", {"matchLabels": {"a": "-"}}),
            [f'spec.podSelector.matchLabels: Invalid value: "-": {VALUE}'],
        ),
        (put("spec.ingress.0.from.0.ipBlock.cidr", ""), ["spec.ingress[0].from[0].ipBlock.cidr: Required value"]),
        (
            put("spec.ingress.0.from.0.ipBlock.cidr", "10.0.0.1/8"),
            [
                (
                    'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set '
                    "beyond the prefix length"
                )
            ],
        ),
        (
            put("spec.ingress.0.from.0.ipBlock.except", ["11.0.0.0/8", "10.0.0.0/8", "x"]),
            [
                (
                    'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/8": must be a strict '
                    "subset of `cidr`"
                ),
                (
                    'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.0.0.0/8": must be a strict '
                    "subset of `cidr`"
                ),
                (
                    'spec.ingress[0].from[0].ipBlock.except[2]: Invalid value: "x": must be a valid CIDR value, '
                    "(e.g. 10.9.8.0/24 or 2001:db8::/64)"
                ),
            ],
        ),
        (
            put("spec.ingress.0.from.0.podSelector", {}),
            ["spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer"],
        ),
        (put("spec.egress.0.to", [{}]), ["spec.egress[0].to[0]: Required value: must specify a peer"]),
        (
            put("spec.ingress.0.ports.0.protocol", "X"),
            ['spec.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"'],
        ),
        (
            put("spec.ingress.0.ports.0", {"port": 0, "endPort": 70000}),
            [
                "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "spec.ingress[0].ports[0].endPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            put("spec.ingress.0.ports.0.endPort", 79),
            ["spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`"],
        ),
        (
            put("spec.ingress.0.ports.0", {"port": "http", "endPort": 90}),
            [("spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric")],
        ),
        (
            put("spec.ingress.0.ports.0", {"endPort": 90}),
            [
                (
                    "spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is not "
                    "specified"
                )
            ],
        ),
        (
            put("spec.ingress.0.ports.0", {"port": "-"}),
            [
                'spec.ingress[0].ports[0].port: Invalid value: "-": must contain at least one letter (a-z)',
                'spec.ingress[0].ports[0].port: Invalid value: "-": must not begin or end with a hyphen',
            ],
        ),
        (
            put("spec.policyTypes", ["Both"]),
            ['spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"'],
        ),
        (
            put("spec.policyTypes", ["Ingress", "Egress", "Ingress"]),
            [
                (
                    'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than '
                    "two policyTypes"
                )
            ],
        ),
    ),
    update=(
        (
            put("spec.ingress.0.from.0.ipBlock.cidr", "10.0.0.1/8"),
            put("spec.egress.0.to", [{"ipBlock": {"cidr": "10.0.0.1/8"}}]),
            [],
        ),
        (
            put("spec.podSelector", {"matchLabels": {"a": "-"}}),
            put("spec.podSelector", {"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}),
            [],
        ),
        (
            same,
            put("spec.egress.0.to", [{"ipBlock": {"cidr": ""}}]),
            ["spec.egress[0].to[0].ipBlock.cidr: Required value"],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(NETWORK_POLICY))
def test_rules(case: Case) -> None:
    case.check()
