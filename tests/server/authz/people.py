"""A server whose clients say who they are in a header, for tests of what they may do."""

from __future__ import annotations

from typing import Any

from server.authn.authenticator import Connection
from server.authn.user import User, authenticated
from tests.server.harness import Result, Server


class BySay:
    """``Authorization: name;group,group`` is believed."""

    async def authenticate(self, connection: Connection) -> User | None:
        said = connection.authorization
        text = said.decode() if isinstance(said, bytes) else said
        if not text:
            return None
        name, _, groups = text.partition(";")
        return authenticated(User(name, groups=tuple(group for group in groups.split(",") if group)))


def ask(server: Server, who: str, method: str, path: str, body: Any = None, kind: str = "") -> Result:
    headers = {"Authorization": who}
    if kind:
        headers["Content-Type"] = f"application/{kind}"
    return server.request(method, path, body, headers=headers)


ADMIN = "admin;system:masters"


def allow(server: Server, who: str, *rules: dict[str, Any], namespace: str = "", name: str = "") -> None:
    """Give a user a role of its own, in one namespace or everywhere."""
    role = name or f"of-{who.partition(';')[0]}"
    kind, plural = ("Role", "roles") if namespace else ("ClusterRole", "clusterroles")
    binding = "rolebindings" if namespace else "clusterrolebindings"
    root = "/apis/rbac.authorization.k8s.io/v1" + (f"/namespaces/{namespace}" if namespace else "")
    made = ask(server, ADMIN, "POST", f"{root}/{plural}", {"metadata": {"name": role}, "rules": list(rules)})
    assert made.status == 201, made.text
    subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": who.partition(";")[0]}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role}
    body = {"metadata": {"name": role}, "roleRef": reference, "subjects": [subject]}
    made = ask(server, ADMIN, "POST", f"{root}/{binding}", body)
    assert made.status == 201, made.text
