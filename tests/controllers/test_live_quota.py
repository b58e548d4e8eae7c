"""Quotas in a served API with its controllers: what is made counts, what is deleted makes room."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.status import Forbidden
from client.api import Client
from client.resources import RESOURCEQUOTAS, SECRETS
from kubejazz.testing import Kubejazz
from tests.controllers.live import eventually


def test_what_is_deleted_makes_room(controlled: Kubejazz, client: Client, namespace: str) -> None:
    def used() -> Any:
        return (client.get(RESOURCEQUOTAS, namespace, "q").get("status") or {}).get("used")

    def secret(name: str) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}

    hard = {"count/secrets": "1", "pods": "1"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}
    client.create(SECRETS, namespace, secret("a"))
    client.create(RESOURCEQUOTAS, namespace, quota)
    eventually(used, lambda found: found == {"count/secrets": "1", "pods": "0"})
    with pytest.raises(Forbidden, match="exceeded quota: q, requested: count/secrets=1, used: count/secrets=1"):
        client.create(SECRETS, namespace, secret("b"))
    client.delete(SECRETS, namespace, "a")
    eventually(used, lambda found: found == {"count/secrets": "0", "pods": "0"})
    client.create(SECRETS, namespace, secret("b"))
