"""Every controller acts as a service account that the bootstrap policy gives rights to."""

from __future__ import annotations

from controllers.accounts import AS_USER, NAMESPACE, account_of
from controllers.manager import CONTROLLERS
from server.authz.rbac.bootstrap import policy


def test_every_controllers_account_is_bound_to_a_role_of_its_own() -> None:
    bound = {
        subject["name"]
        for obj in policy()
        if obj["kind"].endswith("Binding") and obj["metadata"]["name"].startswith("system:controller:")
        for subject in obj["subjects"]
        if subject.get("namespace") == NAMESPACE
    }
    assert {account_of(entry.name) for entry in CONTROLLERS if entry.name not in AS_USER} <= bound
