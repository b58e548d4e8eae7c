"""Endpoints and endpoint slices."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, VALUE, Case, Table, all_of, cases, put, same

ENDPOINTS = Table(
    {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "web", "namespace": "shop"},
        "subsets": [
            {
                "addresses": [{"ip": "10.1.0.1", "hostname": "a", "nodeName": "n1"}],
                "notReadyAddresses": [{"ip": "10.1.0.2"}],
                "ports": [{"name": "http", "port": 80}, {"name": "dns", "port": 53, "protocol": "UDP"}],
            }
        ],
    },
    create=(
        (put("subsets", [{}]), ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"]),
        (
            put("subsets.0.addresses.0.ip", "x"),
            [
                (
                    'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
                    "2001:db8::ffff)"
                ),
                'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address',
            ],
        ),
        (
            put("subsets.0.addresses.0.ip", "127.0.0.1"),
            [
                (
                    'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range '
                    "(127.0.0.0/8, ::1/128)"
                )
            ],
        ),
        (
            put("subsets.0.addresses.0.hostname", "A"),
            [f'subsets[0].addresses[0].hostname: Invalid value: "A": {LABEL}'],
        ),
        (
            put("subsets.0.addresses.0.nodeName", "A"),
            [f'subsets[0].addresses[0].nodeName: Invalid value: "A": {SUBDOMAIN}'],
        ),
        (put("subsets.0.ports.0.name", ""), ["subsets[0].ports[0].name: Required value"]),
        (
            put("subsets.0.ports.0.port", 70000),
            ["subsets[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive"],
        ),
        (
            put("subsets.0.ports.0.protocol", "X"),
            ['subsets[0].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"'],
        ),
        (
            put("subsets.0.ports.0.appProtocol", "a/b/c"),
            [
                (
                    'subsets[0].ports[0].appProtocol: Invalid value: "a/b/c": a valid label key must consist of '
                    "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
                    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
                    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' "
                    "(e.g. 'example.com/MyName')"
                )
            ],
        ),
    ),
    update=(
        (put("subsets.0.addresses.0.ip", "127.0.0.1"), put("subsets.0.addresses.0.ip", "127.0.0.1"), []),
        (
            same,
            put("subsets.0.addresses.0.ip", "::"),
            ['subsets[0].addresses[0].ip: Invalid value: "::": may not be unspecified (::)'],
        ),
    ),
)

ENDPOINT_SLICE = Table(
    {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "web-1", "namespace": "shop"},
        "addressType": "IPv4",
        "endpoints": [
            {"addresses": ["10.1.0.1"], "nodeName": "n1", "hostname": "a", "hints": {"forZones": [{"name": "z1"}]}}
        ],
        "ports": [{"name": "http", "port": 80}],
    },
    create=(
        (put("addressType", ""), ["addressType: Required value"]),
        (
            put("addressType", "IPX"),
            ['addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"'],
        ),
        (put("endpoints.0.addresses", []), ["endpoints[0].addresses: Required value"]),
        (
            put("endpoints.0.addresses", ["10.0.0.1"] * 101),
            ["endpoints[0].addresses: Too many: 101: must have at most 100 items"],
        ),
        (
            put("endpoints.0.addresses", ["::1"]),
            [
                'endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address',
                (
                    'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range '
                    "(127.0.0.0/8, ::1/128)"
                ),
            ],
        ),
        (
            all_of(put("addressType", "IPv6"), put("endpoints.0.addresses", ["FD00::1", "10.0.0.1"])),
            [
                'endpoints[0].addresses[0]: Invalid value: "FD00::1": must be in canonical form ("fd00::1")',
                'endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address',
            ],
        ),
        (
            all_of(put("addressType", "FQDN"), put("endpoints.0.addresses", ["web.", "a_b.c", ""])),
            [
                (
                    'endpoints[0].addresses[0]: Invalid value: "web": should be a domain with at least two '
                    "segments separated by dots"
                ),
                f'endpoints[0].addresses[1]: Invalid value: "a_b.c": {SUBDOMAIN}',
                "endpoints[0].addresses[2]: Required value",
            ],
        ),
        (put("endpoints.0.nodeName", "N"), [f'endpoints[0].nodeName: Invalid value: "N": {SUBDOMAIN}']),
        (put("endpoints.0.hostname", "a.b"), ['endpoints[0].hostname: Invalid value: "a.b": must not contain dots']),
        (
            put("endpoints.0.deprecatedTopology", {"topology.kubernetes.io/zone": "z", "a b": "c"}),
            [
                f'endpoints[0].deprecatedTopology: Invalid value: "a b": {KEY}',
                (
                    "endpoints[0].deprecatedTopology[topology.kubernetes.io/zone]: Internal error: reserved key "
                    "was not removed in conversion"
                ),
            ],
        ),
        (
            put(
                "endpoints.0.hints",
                {"forZones": [{"name": "a b"}, {"name": "z"}, {"name": "z"}], "forNodes": [{"name": "N"}]},
            ),
            [
                f'endpoints[0].hints.forZones[0].name: Invalid value: "a b": {VALUE}',
                'endpoints[0].hints.forZones[2].name: Duplicate value: "z"',
                f'endpoints[0].hints.forNodes[0].name: Invalid value: "N": {SUBDOMAIN}',
            ],
        ),
        (
            put("endpoints.0.hints", {"forZones": [{"name": "z"}] * 9}),
            ["endpoints[0].hints.forZones: Too many: 9: must have at most 8 items"],
        ),
        (
            put("endpoints", [{"addresses": ["10.0.0.1"]}] * 1001),
            ["endpoints: Too many: 1001: must have at most 1000 items"],
        ),
        (
            put("ports.1", {"name": "http"}),
            ['ports[1].name: Duplicate value: "http"', "ports[1].protocol: Required value"],
        ),
        (
            put("ports.0.protocol", "X"),
            ['ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"'],
        ),
        (put("ports.0.appProtocol", "-"), [f'ports[0].appProtocol: Invalid value: "-": {KEY}']),
        (put("ports.0.name", "A"), [f'ports[0].name: Invalid value: "A": {LABEL}']),
    ),
    update=(
        (same, put("addressType", "IPv6"), ["addressType: Invalid value: null: field is immutable"]),
        (
            same,
            put("addressType", ""),
            ["addressType: Required value", "addressType: Invalid value: null: field is immutable"],
        ),
        (put("endpoints.0.addresses", []), put("endpoints.0.addresses", []), []),
    ),
)


@pytest.mark.parametrize("case", cases(ENDPOINTS, ENDPOINT_SLICE))
def test_rules(case: Case) -> None:
    case.check()
