from __future__ import annotations

from collections.abc import Sequence

import pytest

from controllers.certificates.requests import (
    CHECKS,
    CLIENT,
    KUBELET_CLIENT,
    KUBELET_SERVING,
    LEGACY,
    BadRequest,
    parsed,
)
from tests.controllers.certificates.signing import CLIENT_USAGES, SERVING_USAGES, csr, request

NODES = ("system:nodes",)
WITH_ENCIPHERMENT = (*CLIENT_USAGES, "key encipherment")


@pytest.mark.parametrize(
    ("signer", "name", "organizations", "names", "usages", "why"),
    [
        (KUBELET_CLIENT, "system:node:a", NODES, (), CLIENT_USAGES, ""),
        (KUBELET_CLIENT, "system:node:a", NODES, (), WITH_ENCIPHERMENT, ""),
        (KUBELET_CLIENT, "system:node:a", (), (), CLIENT_USAGES, "subject organization is not system:nodes"),
        (KUBELET_CLIENT, "system:node:a", ("system:masters",), (), CLIENT_USAGES, "subject organization is not"),
        (KUBELET_CLIENT, "system:node:a", (*NODES, "system:masters"), (), CLIENT_USAGES, "subject organization is not"),
        (KUBELET_CLIENT, "admin", NODES, (), CLIENT_USAGES, "subject common name does not begin with system:node:"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("a",), CLIENT_USAGES, "DNS subjectAltNames are not allowed"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("10.0.0.1",), CLIENT_USAGES, "IP subjectAltNames are not allowed"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("a@b.c",), CLIENT_USAGES, "Email subjectAltNames are not allowed"),
        (KUBELET_CLIENT, "system:node:a", NODES, ("x://y",), CLIENT_USAGES, "URI subjectAltNames are not allowed"),
        (
            KUBELET_CLIENT,
            "system:node:a",
            NODES,
            (),
            SERVING_USAGES,
            "usages did not match [client auth digital signature key encipherment]",
        ),
        (KUBELET_SERVING, "system:node:a", NODES, ("a",), SERVING_USAGES, ""),
        (KUBELET_SERVING, "system:node:a", NODES, (), SERVING_USAGES, "DNS or IP subjectAltName is required"),
        (KUBELET_SERVING, "system:node:a", NODES, ("a", "a@b.c"), SERVING_USAGES, "Email subjectAltNames are not"),
        (KUBELET_SERVING, "system:node:a", (), ("a",), SERVING_USAGES, "subject organization is not system:nodes"),
        (KUBELET_SERVING, "a", NODES, ("a",), SERVING_USAGES, "subject common name does not begin with system:node:"),
        (KUBELET_SERVING, "system:node:a", NODES, ("a",), CLIENT_USAGES, "usages did not match [digital signature"),
        (CLIENT, "jane", ("dev",), (), CLIENT_USAGES, ""),
        (CLIENT, "jane", (), (), ("digital signature",), "missing required usage for client certificate: client auth"),
        (CLIENT, "jane", (), (), SERVING_USAGES, "invalid usage for client certificate: server auth"),
        (LEGACY, "anybody", (), ("a", "a@b.c"), SERVING_USAGES, ""),
    ],
)
def test_what_a_signer_insists_on(
    signer: str, name: str, organizations: Sequence[str], names: Sequence[str], usages: Sequence[str], why: str
) -> None:
    wanted = csr(name, organizations, names)
    if not why:
        CHECKS[signer](wanted, frozenset(usages))
        return
    with pytest.raises(BadRequest) as refused:
        CHECKS[signer](wanted, frozenset(usages))
    assert str(refused.value).startswith(why)


def test_what_is_no_request_is_refused() -> None:
    for text in ("", "!", "aGVsbG8="):
        bad = request()
        bad["spec"]["request"] = text
        with pytest.raises(BadRequest):
            parsed(bad)
