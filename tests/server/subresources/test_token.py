"""Token requests: what is filled in, and what is refused in upstream's words."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from tests.server.harness import Result, Server

ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"


def _request(server: Server, spec: Object | None = None, **metadata: Any) -> Result:
    server.post(ACCOUNTS, {"metadata": {"name": "a"}})
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": metadata, "spec": spec or {}}
    return server.post(f"{ACCOUNTS}/a/token", body)


def test_the_answer_names_the_account(server: Server) -> None:
    result = _request(server)
    assert result.status == 201
    metadata = result.json["metadata"]
    account = server.get(f"{ACCOUNTS}/a").json["metadata"]
    assert (metadata["name"], metadata["namespace"], metadata["uid"]) == ("a", "default", account["uid"])


@pytest.mark.parametrize(
    ("spec", "metadata", "status", "message"),
    [
        (
            *({}, {"name": "b"}, 422),
            'TokenRequest.authentication.k8s.io "a" is invalid: metadata.name: Invalid value: "b": '
            "must match the service account name if specified",
        ),
        (
            *({}, {"namespace": "other"}, 400),
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        (
            *({"expirationSeconds": 1}, {}, 422),
            'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 1: '
            "may not specify a duration less than 10 minutes",
        ),
        (
            *({"boundObjectRef": {"kind": "ConfigMap", "apiVersion": "v1", "name": "x"}}, {}, 400),
            "cannot bind token to object of type /v1, Kind=ConfigMap",
        ),
        (
            *({"boundObjectRef": {"kind": "Pod", "apiVersion": "apps/v1", "name": "x"}}, {}, 400),
            "cannot bind token to object of type apps/v1, Kind=Pod",
        ),
        (*({"boundObjectRef": {"kind": "Secret", "name": "x"}}, {}, 404), 'secrets "x" not found'),
    ],
)
def test_what_is_refused(server: Server, spec: Object, metadata: Object, status: int, message: str) -> None:
    result = _request(server, spec, **metadata)
    assert (result.status, result.json["message"]) == (status, message)


def test_a_request_for_an_account_that_was_replaced_is_a_conflict(server: Server) -> None:
    result = _request(server, uid="other")
    assert result.status == 409
    assert (
        "the UID in the token request (other) does not match the UID of the service account" in result.json["message"]
    )
