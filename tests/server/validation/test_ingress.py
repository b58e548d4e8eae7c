"""Ingresses and their classes."""

from __future__ import annotations

import pytest

from tests.server.validation.table import LABEL, SUBDOMAIN, Case, Table, all_of, cases, drop, put, same

INGRESS = Table(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "r", "namespace": "shop"},
        "spec": {
            "ingressClassName": "c",
            "rules": [
                {
                    "host": "a.example.com",
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": "s", "port": {"number": 80}}},
                            }
                        ]
                    },
                }
            ],
            "tls": [{"hosts": ["*.example.com"], "secretName": "t"}],
        },
    },
    create=(
        (put("spec.rules", []), ["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"]),
        (
            put("spec.rules.0.host", "10.0.0.1"),
            ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
        ),
        (put("spec.rules.0.host", "A"), [f'spec.rules[0].host: Invalid value: "A": {SUBDOMAIN}']),
        (
            put("spec.rules.0.host", "*"),
            [
                (
                    "spec.rules[0].host: Invalid value: \"*\": a wildcard DNS-1123 subdomain must start with '*.', "
                    "followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, "
                    "'-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for "
                    "validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                )
            ],
        ),
        (put("spec.rules.0.http.paths", []), ["spec.rules[0].http.paths: Required value"]),
        (
            put("spec.rules.0.http.paths.0", {"backend": {}}),
            ["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
        ),
        (
            put("spec.rules.0.http.paths.0.path", "x"),
            ['spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
        ),
        (
            put("spec.rules.0.http.paths.0.path", "/a//b/../c%2f/."),
            [
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/../c%2f/.\": must not contain '//'",
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/../c%2f/.\": must not contain '/../'",
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/../c%2f/.\": must not contain '%2f'",
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/../c%2f/.\": cannot end with '/.'",
            ],
        ),
        (
            put("spec.rules.0.http.paths.0.pathType", "Some"),
            [
                (
                    'spec.rules[0].http.paths[0].pathType: Unsupported value: "Some": supported values: "Exact", '
                    '"ImplementationSpecific", "Prefix"'
                )
            ],
        ),
        (
            put("spec.rules.0.http.paths.0.backend", {}),
            ['spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required'],
        ),
        (
            put("spec.rules.0.http.paths.0.backend.resource", {"kind": "K", "name": "n"}),
            [('spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both resource and service backends')],
        ),
        (
            put("spec.rules.0.http.paths.0.backend", {"resource": {"apiGroup": "A", "kind": "a/b"}}),
            [
                f'spec.rules[0].http.paths[0].backend.resource.apiGroup: Invalid value: "A": {SUBDOMAIN}',
                "spec.rules[0].http.paths[0].backend.resource.kind: Invalid value: \"a/b\": may not contain '/'",
                "spec.rules[0].http.paths[0].backend.resource.name: Required value",
            ],
        ),
        (
            put("spec.rules.0.http.paths.0.backend.service", {"name": "A.b", "port": {"name": "-", "number": 0}}),
            [
                f'spec.rules[0].http.paths[0].backend.service.name: Invalid value: "A.b": {LABEL}',
                (
                    'spec.rules[0].http.paths[0].backend.service.port.name: Invalid value: "-": must contain at '
                    "least one letter (a-z)"
                ),
                (
                    'spec.rules[0].http.paths[0].backend.service.port.name: Invalid value: "-": must not begin or '
                    "end with a hyphen"
                ),
            ],
        ),
        (
            put("spec.rules.0.http.paths.0.backend.service", {"name": "", "port": {"name": "http", "number": 1}}),
            [
                "spec.rules[0].http.paths[0].backend.service.name: Required value",
                'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number',
            ],
        ),
        (
            put("spec.rules.0.http.paths.0.backend.service.port", {}),
            ["spec.rules[0].http.paths[0].backend: Required value: port name or number is required"],
        ),
        (
            put("spec.tls.0", {"hosts": ["A", "*.*"], "secretName": "A"}),
            [
                f'spec.tls[0].hosts[0]: Invalid value: "A": {SUBDOMAIN}',
                (
                    'spec.tls[0].hosts[1]: Invalid value: "*.*": a wildcard DNS-1123 subdomain must start with '
                    "'*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric "
                    "characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex "
                    "used for validation is "
                    "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                ),
                f'spec.tls[0].secretName: Invalid value: "A": {SUBDOMAIN}',
            ],
        ),
        (put("spec.ingressClassName", "A"), [f'spec.ingressClassName: Invalid value: "A": {SUBDOMAIN}']),
        (
            put("metadata.annotations", {"kubernetes.io/ingress.class": "d"}),
            [
                (
                    'annotations.kubernetes.io/ingress.class: Invalid value: "d": must match `ingressClassName` '
                    "when both are specified"
                )
            ],
        ),
    ),
    update=(
        (same, put("metadata.annotations", {"kubernetes.io/ingress.class": "d"}), []),
        (put("spec.tls.0.secretName", "A"), put("spec.tls.0.secretName", "B"), []),
        (
            all_of(put("spec.rules.0.host", "*.a.io"), put("spec.rules.0.http.paths.0.path", "x")),
            all_of(put("spec.rules.0.host", "*.a.io"), put("spec.rules.0.http.paths.0.path", "y")),
            [],
        ),
    ),
    status=(
        (
            same,
            put("status.loadBalancer.ingress", [{"ip": "x", "hostname": "10.0.0.1"}, {"hostname": "A"}]),
            [
                (
                    'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. '
                    "10.9.8.7 or 2001:db8::ffff)"
                ),
                (
                    'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not '
                    "an IP address"
                ),
                f'status.loadBalancer.ingress[1].hostname: Invalid value: "A": {SUBDOMAIN}',
            ],
        ),
    ),
)

INGRESS_CLASS = Table(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "c"},
        "spec": {
            "controller": "a.io/c",
            "parameters": {"kind": "P", "name": "p", "scope": "Namespace", "namespace": "shop"},
        },
    },
    create=(
        (put("spec.controller", ""), ["spec.controller: Required value"]),
        (
            put("spec.controller", "x"),
            ['spec.controller: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        (
            put("spec.controller", "A/b?"),
            [
                f'spec.controller: Invalid value: "A": {SUBDOMAIN}',
                (
                    'spec.controller: Invalid value: "b?": Invalid path (regex used for validation is '
                    "'[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"
                ),
            ],
        ),
        (put("spec.controller", "a.io/" + "x" * 250), ["spec.controller: Too long: may not be more than 250 bytes"]),
        (
            put("spec.parameters", {"apiGroup": "A"}),
            [
                f'spec.parameters.apiGroup: Invalid value: "A": {SUBDOMAIN}',
                "spec.parameters.scope: Required value",
                "spec.parameters.kind: Required value",
                "spec.parameters.name: Required value",
            ],
        ),
        (
            put("spec.parameters.scope", "Some"),
            ['spec.parameters.scope: Unsupported value: "Some": supported values: "Cluster", "Namespace"'],
        ),
        (
            put("spec.parameters.namespace", "a.b"),
            ['spec.parameters.namespace: Invalid value: "a.b": must not contain dots'],
        ),
        (
            drop("spec.parameters.namespace"),
            ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
        ),
        (
            put("spec.parameters.scope", "Cluster"),
            ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
        ),
        (
            put("spec.parameters", {"kind": "", "name": "a/b", "scope": "Cluster"}),
            [
                "spec.parameters.name: Invalid value: \"a/b\": may not contain '/'",
                "spec.parameters.kind: Required value",
            ],
        ),
    ),
    update=(
        (same, put("spec.controller", "a.io/d"), ['spec.controller: Invalid value: "a.io/d": field is immutable']),
    ),
)


@pytest.mark.parametrize("case", cases(INGRESS, INGRESS_CLASS))
def test_rules(case: Case) -> None:
    case.check()
