"""What a node may do: a table against upstream's rules, on the server's own caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apimachinery.fields import parse_field_selector
from server.authn.user import AUTHENTICATED, NODES, User
from server.authz.authorizer import Attributes, Verdict
from server.authz.modes import MODES, Sources
from server.authz.node.authorizer import NodeAuthorizer
from tests.server.harness import Server

NODE = User("system:node:one", groups=(NODES, AUTHENTICATED))
OTHER = User("system:node:two", groups=(NODES, AUTHENTICATED))
NO_RELATION = "no relationship found between node 'one' and this object"

Ask = Callable[..., Verdict]


def pod(name: str, node: str = "", **spec: Any) -> dict[str, Any]:
    containers = [{"name": "c", "image": "i", **spec.pop("container", {})}]
    if node:
        spec["nodeName"] = node
    return {"metadata": {"name": name}, "spec": {"containers": containers, **spec}}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "state.db") as running:
        yield running


@pytest.fixture
def ask(server: Server) -> Ask:
    def no_policy() -> Any:
        raise AssertionError("the node authorizer does not look at the policy")

    authorizer = MODES["Node"](Sources(no_policy, server.server._cache_of))
    assert isinstance(authorizer, NodeAuthorizer)

    def asking(
        verb: str, resource: str, name: str = "", *, user: User = NODE, selector: str = "", namespace: str = "default"
    ) -> Verdict:
        group, _, rest = resource.rpartition(":")
        plural, _, subresource = rest.partition("/")
        fields = parse_field_selector(selector).requirements
        attributes = Attributes(user, verb, "", True, group, "v1", plural, subresource, namespace, name, fields)
        verdict: Verdict = server.run(authorizer.authorize(attributes))
        return verdict

    return asking


def make(server: Server, resource: str, obj: dict[str, Any], namespace: str = "default") -> dict[str, Any]:
    path = f"/namespaces/{namespace}" if namespace else ""
    prefix = resource.partition(":")[0] if ":" in resource else ""
    root = f"/apis/{prefix}/v1" if prefix else "/api/v1"
    made = server.request("POST", f"{root}{path}/{resource.rpartition(':')[2]}", obj)
    assert made.status == 201, made.text
    found: dict[str, Any] = made.json
    return found


EVERYTHING = pod(
    "all",
    "one",
    serviceAccountName="default",
    imagePullSecrets=[{"name": "pull"}],
    container={
        "env": [
            {"name": "A", "valueFrom": {"secretKeyRef": {"name": "env-secret", "key": "k"}}},
            {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "env-map", "key": "k"}}},
        ],
        "envFrom": [{"secretRef": {"name": "from-secret"}}, {"configMapRef": {"name": "from-map"}}],
    },
    initContainers=[{"name": "i", "image": "i", "envFrom": [{"secretRef": {"name": "init-secret"}}]}],
    volumes=[
        {"name": "a", "secret": {"secretName": "volume-secret"}},
        {"name": "b", "configMap": {"name": "volume-map"}},
        {"name": "c", "persistentVolumeClaim": {"claimName": "claim"}},
        {
            "name": "d",
            "ephemeral": {
                "volumeClaimTemplate": {
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
                }
            },
        },
        {
            "name": "e",
            "projected": {
                "sources": [{"secret": {"name": "projected-secret"}}, {"configMap": {"name": "projected-map"}}]
            },
        },
        {"name": "f", "csi": {"driver": "d.example.com", "nodePublishSecretRef": {"name": "csi-secret"}}},
    ],
    resourceClaims=[{"name": "r", "resourceClaimName": "resource-claim"}],
)
REFERRED = [
    *(("secrets", name) for name in ("pull", "env-secret", "from-secret", "init-secret", "volume-secret")),
    *(("secrets", name) for name in ("projected-secret", "csi-secret")),
    *(("configmaps", name) for name in ("env-map", "from-map", "volume-map", "projected-map")),
    *(("persistentvolumeclaims", name) for name in ("claim", "all-d")),
    ("resource.k8s.io:resourceclaims", "resource-claim"),
    ("serviceaccounts", "default"),
]


def test_a_node_reads_what_its_pods_refer_to_and_no_other_node_does(server: Server, ask: Ask) -> None:
    make(server, "serviceaccounts", {"metadata": {"name": "default"}})
    make(server, "pods", EVERYTHING)
    for resource, name in REFERRED:
        assert ask("get", resource, name).allowed, (resource, name)
        assert not ask("get", resource, name, user=OTHER).allowed, (resource, name)
        assert ask("get", resource, name, namespace="kube-system").reason == NO_RELATION
    assert ask("get", "secrets", "else").reason == NO_RELATION
    server.request("DELETE", "/api/v1/namespaces/default/pods/all?gracePeriodSeconds=0")
    assert not any(ask("get", resource, name).allowed for resource, name in REFERRED)


def test_two_pods_that_share_a_secret_keep_it_until_both_are_gone(server: Server, ask: Ask) -> None:
    volumes = [{"name": "a", "secret": {"secretName": "shared"}}]
    for name in ("p", "q"):
        make(server, "pods", pod(name, "one", volumes=volumes))
    assert ask("get", "secrets", "shared").allowed
    server.request("DELETE", "/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0")
    assert ask("get", "secrets", "shared").allowed
    server.request("DELETE", "/api/v1/namespaces/default/pods/q?gracePeriodSeconds=0")
    assert not ask("get", "secrets", "shared").allowed


def test_a_pod_gives_rights_from_the_moment_it_is_bound(server: Server, ask: Ask) -> None:
    make(server, "pods", pod("p", volumes=[{"name": "a", "secret": {"secretName": "s"}}]))
    assert not ask("get", "secrets", "s").allowed
    assert not ask("get", "pods", "p").allowed
    binding = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "one"}}
    assert server.request("POST", "/api/v1/namespaces/default/pods/p/binding", binding).status == 201
    assert ask("get", "secrets", "s").allowed
    assert ask("get", "pods", "p").allowed


def test_an_ephemeral_container_that_is_added_brings_its_secrets(server: Server, ask: Ask) -> None:
    make(server, "pods", pod("p", "one"))
    assert not ask("get", "secrets", "debug").allowed
    added = {"name": "e", "image": "i", "envFrom": [{"secretRef": {"name": "debug"}}]}
    server.request(
        "PATCH",
        "/api/v1/namespaces/default/pods/p/ephemeralcontainers",
        {"spec": {"ephemeralContainers": [added]}},
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert ask("get", "secrets", "debug").allowed


def test_a_mirror_pod_gives_no_rights(server: Server, ask: Ask) -> None:
    mirror = pod("p", "one")
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    mirror["spec"]["volumes"] = [{"name": "b", "configMap": {"name": "wanted"}}]
    make(server, "pods", mirror)
    assert not ask("get", "configmaps", "wanted").allowed


def test_a_claim_leads_to_its_volume_and_the_secrets_that_the_kubelet_needs(server: Server, ask: Ask) -> None:
    make(server, "pods", pod("p", "one", volumes=[{"name": "c", "persistentVolumeClaim": {"claimName": "claim"}}]))
    volume = {
        "metadata": {"name": "pv"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "claimRef": {"namespace": "default", "name": "claim"},
            "csi": {
                "driver": "d.example.com",
                "volumeHandle": "h",
                "nodeStageSecretRef": {"name": "stage", "namespace": "vault"},
                "controllerPublishSecretRef": {"name": "publish", "namespace": "vault"},
            },
        },
    }
    assert not ask("get", "persistentvolumes", "pv", namespace="").allowed
    make(server, "persistentvolumes", volume, "")
    assert ask("get", "persistentvolumes", "pv", namespace="").allowed
    assert ask("get", "secrets", "stage", namespace="vault").allowed
    assert not ask("get", "secrets", "publish", namespace="vault").allowed
    assert not ask("get", "secrets", "stage", namespace="vault", user=OTHER).allowed
    server.request("DELETE", "/api/v1/persistentvolumes/pv")
    headers = {"Content-Type": "application/merge-patch+json"}
    server.request("PATCH", "/api/v1/persistentvolumes/pv", {"metadata": {"finalizers": None}}, headers=headers)
    assert not ask("get", "secrets", "stage", namespace="vault").allowed


def test_an_attachment_and_a_slice_belong_to_the_node_they_name(server: Server, ask: Ask) -> None:
    attachment = {
        "metadata": {"name": "va"},
        "spec": {"attacher": "a.example.com", "nodeName": "one", "source": {"persistentVolumeName": "pv"}},
    }
    make(server, "storage.k8s.io:volumeattachments", attachment, "")
    slice_ = {
        "metadata": {"name": "s"},
        "spec": {
            "driver": "d.example.com",
            "nodeName": "one",
            "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
        },
    }
    make(server, "resource.k8s.io:resourceslices", slice_, "")
    for resource, name in (("storage.k8s.io:volumeattachments", "va"), ("resource.k8s.io:resourceslices", "s")):
        assert ask("get", resource, name, namespace="").allowed
        assert not ask("get", resource, name, namespace="", user=OTHER).allowed


@pytest.mark.parametrize(
    ("verb", "resource", "name", "selector", "reason"),
    [
        ("list", "secrets", "", "", "No Object name found"),
        ("update", "secrets", "s", "", "can only read resources of this type"),
        ("get", "configmaps/status", "s", "", "cannot read subresource"),
        ("list", "persistentvolumeclaims", "", "", "can only get individual resources of this type"),
        ("get", "persistentvolumeclaims/status", "c", "", "can only get/update/patch this type"),
        ("patch", "persistentvolumeclaims/status", "c", "", NO_RELATION),
        ("create", "serviceaccounts/token", "default", "", NO_RELATION),
        ("create", "serviceaccounts", "", "", "can only create tokens for individual service accounts"),
        ("create", "serviceaccounts/x", "a", "", "can only create token subresource of serviceaccount"),
        ("get", "nodes", "two", "", "node 'one' cannot read 'two', only its own Node object"),
        ("list", "nodes", "", "", "node 'one' cannot read all nodes, only its own Node object"),
        ("delete", "nodes", "one", "", ""),
        ("list", "pods", "", "", "can only list/watch pods with spec.nodeName field selector"),
        ("watch", "pods", "", "spec.nodeName=two", "can only list/watch pods with spec.nodeName field selector"),
        ("watch", "pods", "", "spec.nodeName!=one", "can only list/watch pods with spec.nodeName field selector"),
        ("update", "pods", "p", "", ""),
        ("get", "pods/log", "p", "", ""),
        ("create", "pods/exec", "p", "", ""),
        ("create", "pods/binding", "p", "", ""),
        ("get", "coordination.k8s.io:leases", "one", "", 'can only access leases in the "kube-node-lease" system na'),
        ("get", "storage.k8s.io:csinodes", "two", "", "can only access CSINode with the same name as the requesting"),
        ("list", "resource.k8s.io:resourceslices", "", "", "can only list/watch/deletecollection resourceslices with"),
        ("list", "certificates.k8s.io:podcertificaterequests", "", "", "can only list/watch podcertificaterequests wi"),
        ("update", "certificates.k8s.io:certificatesigningrequests/approval", "x", "", ""),
        ("create", "rbac.authorization.k8s.io:clusterrolebindings", "", "", ""),
        ("impersonate", "users", "admin", "", ""),
    ],
)
def test_a_node_may_not(ask: Ask, verb: str, resource: str, name: str, selector: str, reason: str) -> None:
    verdict = ask(verb, resource, name, selector=selector)
    assert not verdict.allowed
    assert verdict.reason.startswith(reason) if reason else not verdict.reason


@pytest.mark.parametrize(
    ("verb", "resource", "name", "selector", "namespace"),
    [
        ("get", "nodes", "one", "", ""),
        ("create", "nodes", "", "", ""),
        ("patch", "nodes/status", "one", "", ""),
        ("list", "pods", "", "spec.nodeName=one", ""),
        ("watch", "pods", "", "spec.nodeName=one,status.phase!=Failed", ""),
        ("patch", "pods/status", "p", "", "default"),
        ("delete", "pods", "p", "", "default"),
        ("create", "pods/eviction", "p", "", "default"),
        ("create", "coordination.k8s.io:leases", "", "", "kube-node-lease"),
        ("update", "coordination.k8s.io:leases", "one", "", "kube-node-lease"),
        ("update", "storage.k8s.io:csinodes", "one", "", ""),
        ("create", "events", "", "", "default"),
        ("watch", "services", "", "", ""),
        ("create", "certificates.k8s.io:certificatesigningrequests", "", "", ""),
        ("create", "authentication.k8s.io:tokenreviews", "", "", ""),
        ("deletecollection", "resource.k8s.io:resourceslices", "", "spec.nodeName=one", ""),
        ("watch", "node.k8s.io:runtimeclasses", "", "", ""),
    ],
)
def test_a_node_may(ask: Ask, verb: str, resource: str, name: str, selector: str, namespace: str) -> None:
    assert ask(verb, resource, name, selector=selector, namespace=namespace).allowed


def test_only_a_member_of_the_nodes_is_a_node(ask: Ask) -> None:
    assert not ask("get", "nodes", "one", user=User("system:node:one", groups=(AUTHENTICATED,))).allowed
    assert not ask("get", "nodes", "one", user=User("one", groups=(NODES,))).allowed
    verdict = ask("create", "nodes", user=User("system:node:", groups=(NODES,)))
    assert verdict == Verdict(False, 'unknown node for user "system:node:"')
