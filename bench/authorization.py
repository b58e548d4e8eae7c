"""What a decision costs: ``python -m bench.authorization``.

The policy is upstream's bootstrap policy and 500 roles and bindings of tenants. Asked again and again for the same
object a decision is remembered; for ever new names it has to be made.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice, repeat
from pathlib import Path

from apimachinery.gvk import GroupResource
from bench.table import Table, record
from server.admission.namespace_lifecycle import NAMESPACES
from server.app import ApiServer, create_app
from server.authn.anonymous import AnonymousAuthenticator
from server.authn.user import AUTHENTICATED, MASTERS, NODES, User
from server.authz.authorizer import Attributes, Authorizer
from server.authz.rbac.bootstrap import RESOURCES
from server.config import ServerConfig
from server.defaulting.core_pod import pod as with_defaults
from server.registry.context import WriteContext

TENANTS = 500
PODS, NODE_COUNT = 10_000, 100
QUESTIONS, ROUNDS = 5_000, 5
TARGET = 20.0
"""Microseconds."""
_RBAC = "rbac.authorization.k8s.io"
_ACCOUNTS = "system:serviceaccounts"
USERS = {
    "an administrator": User("admin", groups=(MASTERS, AUTHENTICATED)),
    "a kubelet": User("system:node:node-1", groups=(NODES, AUTHENTICATED)),
    "a controller": User(
        "system:serviceaccount:kube-system:replicaset-controller",
        groups=(_ACCOUNTS, f"{_ACCOUNTS}:kube-system", AUTHENTICATED),
    ),
    "a tenant, in its namespace": User("tenant-7", groups=(AUTHENTICATED,)),
    "nobody in particular (refused)": User("stranger", groups=(AUTHENTICATED,)),
}


def questions(user: User, names: Iterator[int]) -> list[Attributes]:
    return [
        Attributes(user, "get", "", True, "", "v1", "pods", "", "tenant-7", f"pod-{number}")
        for number in islice(names, QUESTIONS)
    ]


async def cost(authorizer: Authorizer, asked: Sequence[Attributes]) -> float:
    """Microseconds a decision."""
    started = time.perf_counter()
    for attributes in asked:
        await authorizer.authorize(attributes)
    return (time.perf_counter() - started) / len(asked) * 1e6


async def least(authorizer: Authorizer, user: User, names: Iterator[int]) -> float:
    return min([await cost(authorizer, questions(user, names)) for _ in range(ROUNDS)])


async def _pods(server: ApiServer) -> None:
    """Ten thousand pods on a hundred nodes, each with a secret of its own."""
    pods = server.api.registries[GroupResource("", "pods")]
    names = [f"pod-{number}" for number in range(PODS)]

    async def make(number: int, name: str) -> None:
        volume = {"name": "v", "secret": {"secretName": f"of-{name}"}}
        container = {"name": "c", "image": "i", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}
        spec = {"nodeName": f"node-{number % NODE_COUNT}", "containers": [container], "volumes": [volume]}
        pod = {"metadata": {"name": name}, "spec": spec}
        with_defaults(pod)
        await pods.create(WriteContext(namespace="tenant-7"), pod)

    for start in range(0, PODS, 500):
        await asyncio.gather(*(make(start + at, name) for at, name in enumerate(names[start : start + 500])))


async def _of_nodes(server: ApiServer) -> list[tuple[str, ...]]:
    """What the Node authorizer's decisions cost: the first of a node, and those after it."""

    def about(node: int, pod: int) -> Attributes:
        user = User(f"system:node:node-{node}", groups=(NODES, AUTHENTICATED))
        return Attributes(user, "get", "", True, "", "v1", "secrets", "", "tenant-7", f"of-pod-{pod}")

    begin = time.perf_counter()
    first = await server.authorizer.authorize(about(0, 0))
    opening = time.perf_counter() - begin
    others = [about(node, node) for node in range(1, NODE_COUNT)]
    each = await cost(server.authorizer, others)
    own = [about(number % NODE_COUNT, number) for number in range(PODS)]
    foreign = [about((number + 1) % NODE_COUNT, number) for number in range(PODS)]
    allowed = min([await cost(server.authorizer, own) for _ in range(ROUNDS)])
    refused = min([await cost(server.authorizer, foreign) for _ in range(ROUNDS)])
    assert first.allowed
    target = f"≤ {TARGET:.0f} µs"
    return [
        ("a kubelet, a secret of its pods", f"{allowed:.1f} µs", f"{allowed:.1f} µs", target),
        ("a kubelet, another node's secret (refused)", f"{refused:.1f} µs", f"{refused:.1f} µs", target),
        (f"the first of all among {PODS:,} pods", f"{opening * 1e3:.1f} ms", "", ""),
        (f"the first of a node with {PODS // NODE_COUNT} pods", f"{each / 1e3:.1f} ms", "", ""),
    ]


async def _tenants(server: ApiServer) -> None:
    namespaces, roles, bindings = (
        server.api.registries[resource] for resource in (NAMESPACES, RESOURCES["Role"], RESOURCES["RoleBinding"])
    )
    for number in range(TENANTS):
        name = f"tenant-{number}"
        await namespaces.create(WriteContext(), {"metadata": {"name": name}, "spec": {}, "status": {}})
        rule = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "configmaps"]}
        await roles.create(WriteContext(namespace=name), {"metadata": {"name": "of-tenant"}, "rules": [rule]})
        reference = {"apiGroup": _RBAC, "kind": "Role", "name": "of-tenant"}
        subject = {"kind": "User", "apiGroup": _RBAC, "name": name}
        binding = {"metadata": {"name": "of-tenant"}, "roleRef": reference, "subjects": [subject]}
        await bindings.create(WriteContext(namespace=name), binding)


async def measure(folder: Path) -> list[tuple[str, ...]]:
    config = ServerConfig(
        database=f"sqlite:///{folder / 'bench.db'}",
        authenticator=AnonymousAuthenticator(),
        address="127.0.0.1:6443",
        build="bench",
    )
    server = create_app(config)
    await server.start()
    try:
        await _tenants(server)
        rows: list[tuple[str, ...]] = []
        for who, user in USERS.items():
            known = await least(server.authorizer, user, repeat(0))
            fresh = await least(server.authorizer, user, count(1))
            rows.append((who, f"{known:.1f} µs", f"{fresh:.1f} µs", f"≤ {TARGET:.0f} µs"))
        await _pods(server)
        return [*rows, *await _of_nodes(server)]
    finally:
        await server.stop()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measure(Path(folder)))
    columns = ("a decision for", "asked before", "of another name", "target")
    record(Table("Authorization", "bench.authorization", columns, rows))


if __name__ == "__main__":
    main()
