"""Config maps and secrets: keys, sizes, types, and what is sealed."""

from __future__ import annotations

import pytest

from tests.server.validation.table import CONFIG_KEY, SUBDOMAIN, Case, Table, all_of, cases, put, same

CONFIG_MAP = Table(
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "shop"},
        "data": {"a.txt": "x"},
        "binaryData": {"b.bin": "AAEC"},
    },
    create=(
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (put("data", {"..": "x"}), ["data[..]: Invalid value: \"..\": must not be '..'"]),
        (put("data", {"..a": "x"}), ["data[..a]: Invalid value: \"..a\": must not start with '..'"]),
        (put("data", {"b.bin": "x"}), ['data[b.bin]: Invalid value: "b.bin": duplicate of key present in binaryData']),
        (put("binaryData", {"a b": "AA=="}), [f'binaryData[a b]: Invalid value: "a b": {CONFIG_KEY}']),
        (put("data", {"a": "x" * 1048577}), [": Too long: may not be more than 1048576 bytes"]),
    ),
    update=(
        (
            put("immutable", True),
            put("immutable", False),
            ["immutable: Forbidden: field is immutable when `immutable` is set"],
        ),
        (
            put("immutable", True),
            all_of(put("immutable", True), put("data", {}), put("binaryData", {})),
            [
                "data: Forbidden: field is immutable when `immutable` is set",
                "binaryData: Forbidden: field is immutable when `immutable` is set",
            ],
        ),
    ),
)

SECRET = Table(
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "shop"},
        "type": "Opaque",
        "data": {"a": "AAEC"},
    },
    create=(
        (put("data", {"a b": "AA=="}), [f'data[a b]: Invalid value: "a b": {CONFIG_KEY}']),
        (put("data", {"a": "AAAA" * 349526}), ["data: Too long: may not be more than 1048576 bytes"]),
        (
            put("type", "kubernetes.io/service-account-token"),
            ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
        ),
        (put("type", "kubernetes.io/dockercfg"), ["data[.dockercfg]: Required value"]),
        (
            all_of(put("type", "kubernetes.io/dockerconfigjson"), put("data", {".dockerconfigjson": "eA=="})),
            [
                (
                    "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character 'x' "
                    "looking for beginning of value"
                )
            ],
        ),
        (
            all_of(put("type", "kubernetes.io/dockerconfigjson"), put("data", {".dockerconfigjson": "W10="})),
            [
                (
                    'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: cannot unmarshal '
                    "array into Go value of type map[string]interface {}"
                )
            ],
        ),
        (all_of(put("type", "kubernetes.io/dockerconfigjson"), put("data", {".dockerconfigjson": "e30="})), []),
        (put("type", "kubernetes.io/basic-auth"), ["data[username]: Required value", "data[password]: Required value"]),
        (put("type", "kubernetes.io/ssh-auth"), ["data[ssh-privatekey]: Required value"]),
        (put("type", "kubernetes.io/tls"), ["data[tls.crt]: Required value", "data[tls.key]: Required value"]),
    ),
    update=(
        (same, put("type", "x"), ['type: Invalid value: "x": field is immutable']),
        (
            put("immutable", True),
            put("data", {}),
            [
                "immutable: Forbidden: field is immutable when `immutable` is set",
                "data: Forbidden: field is immutable when `immutable` is set",
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(CONFIG_MAP, SECRET))
def test_rules(case: Case) -> None:
    case.check()
