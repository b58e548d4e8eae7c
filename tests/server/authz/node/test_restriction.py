"""What nodes try and must not get: requests as nodes, through the whole server."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from server.admission.node_labels import forbidden_changes
from tests.server.authz.people import ADMIN, BySay, ask
from tests.server.harness import Result, Server

ONE, TWO = "system:node:one;system:nodes", "system:node:two;system:nodes"
PODS = "/api/v1/namespaces/default/pods"
MIRROR = {"kubernetes.io/config.mirror": "x"}
MERGE, STRATEGIC = "merge-patch+json", "strategic-merge-patch+json"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("restriction")
    with Server(folder / "state.db", authenticator=BySay()) as running:
        for name, node in (("one-pod", "one"), ("two-pod", "two")):
            _made(running, PODS, pod(name, node))
        _made(running, "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        for name in ("one-secret", "two-secret"):
            _made(running, "/api/v1/namespaces/default/secrets", {"metadata": {"name": name}})
        for who, name in ((ONE, "one"), (TWO, "two")):
            assert ask(running, who, "POST", "/api/v1/nodes", node_object(name)).status == 201
        yield running


def _made(server: Server, path: str, obj: dict[str, Any]) -> dict[str, Any]:
    made = ask(server, ADMIN, "POST", path, obj)
    assert made.status == 201, made.text
    found: dict[str, Any] = made.json
    return found


def pod(name: str, node: str = "", **metadata: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": "c", "image": "i"}]}
    if node:
        spec |= {"nodeName": node, "serviceAccountName": "default"}
        spec["volumes"] = [
            {"name": "s", "secret": {"secretName": f"{node}-secret"}},
            {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]}},
            {"name": "u", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        ]
    return {"metadata": {"name": name, **metadata}, "spec": spec}


def node_object(name: str, **labels: str) -> dict[str, Any]:
    keys = {key.replace("__", "/").replace("_", "."): value for key, value in labels.items()}
    return {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **keys}}}


def refused(result: Result, why: str) -> None:
    assert result.status == 403, result.text
    assert why in result.json["message"]


def uid_of(server: Server, path: str) -> str:
    uid: str = ask(server, ADMIN, "GET", path).json["metadata"]["uid"]
    return uid


# reading


def test_a_node_reads_the_secret_of_its_pod_and_not_another_nodes(server: Server) -> None:
    secrets = "/api/v1/namespaces/default/secrets"
    assert ask(server, ONE, "GET", f"{secrets}/one-secret").status == 200
    refused(ask(server, ONE, "GET", f"{secrets}/two-secret"), "no relationship found between node 'one' and this obje")
    refused(ask(server, ONE, "GET", secrets), "No Object name found")
    refused(ask(server, ONE, "GET", "/api/v1/secrets"), "can only read namespaced object of this type")
    chosen = f"{secrets}?fieldSelector=metadata.name%3D"
    assert [item["metadata"]["name"] for item in ask(server, ONE, "GET", chosen + "one-secret").json["items"]] == [
        "one-secret"
    ]
    refused(ask(server, ONE, "GET", chosen + "two-secret"), "no relationship")
    refused(ask(server, ONE, "GET", f"{secrets}?fieldSelector=metadata.name%21%3Done-secret"), "No Object name found")


def test_a_node_reads_its_own_node_and_its_own_pods(server: Server) -> None:
    assert ask(server, ONE, "GET", "/api/v1/nodes/one").status == 200
    refused(ask(server, ONE, "GET", "/api/v1/nodes/two"), "only its own Node object")
    refused(ask(server, ONE, "GET", "/api/v1/nodes"), "cannot read all nodes")
    mine = ask(server, ONE, "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Done").json["items"]
    assert [item["metadata"]["name"] for item in mine] == ["one-pod"]
    refused(ask(server, ONE, "GET", "/api/v1/pods"), "can only list/watch pods with spec.nodeName field selector")
    refused(ask(server, ONE, "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dtwo"), "can only list/watch pods")
    refused(ask(server, ONE, "GET", f"{PODS}/two-pod"), "no relationship")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/namespaces/kube-system/configmaps"),
        ("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles"),
        ("GET", "/api/v1/namespaces"),
        ("DELETE", "/api/v1/nodes/one"),
        ("DELETE", "/api/v1/namespaces/default/secrets/one-secret"),
        ("DELETE", PODS),
        ("GET", f"{PODS}/one-pod/log"),
        ("GET", "/metrics"),
    ],
)
def test_a_node_has_no_rights_beyond_its_role(server: Server, method: str, path: str) -> None:
    assert ask(server, ONE, method, path).status == 403


# nodes


@pytest.mark.parametrize(
    ("new", "old", "wrong"),
    [
        ({"kubernetes.io/hostname": "a", "node.kubernetes.io/x": "1", "mine": "1"}, {}, []),
        ({"kubelet.kubernetes.io/x": "1", "sub.node.kubernetes.io/x": "1"}, {}, []),
        ({"node-restriction.kubernetes.io/x": "1"}, {}, ["node-restriction.kubernetes.io/x"]),
        ({"a.node-restriction.kubernetes.io/x": "1"}, {}, ["a.node-restriction.kubernetes.io/x"]),
        ({"node-role.kubernetes.io/control-plane": ""}, {}, ["node-role.kubernetes.io/control-plane"]),
        ({"x.k8s.io/y": "1", "kubernetes.io/z": "1"}, {}, ["kubernetes.io/z", "x.k8s.io/y"]),
        ({}, {"node-restriction.kubernetes.io/x": "1"}, ["node-restriction.kubernetes.io/x"]),
        ({"kubernetes.io/z": "1"}, {"kubernetes.io/z": "1"}, []),
        ({"notkubernetes.io/z": "1"}, {}, []),
    ],
)
def test_the_labels_a_node_may_not_touch(new: dict[str, str], old: dict[str, str], wrong: list[str]) -> None:
    assert forbidden_changes(new, old) == wrong


def test_a_node_does_not_make_or_change_another(server: Server) -> None:
    why = 'node "one" is not allowed to modify node "three"'
    refused(ask(server, ONE, "POST", "/api/v1/nodes", node_object("three")), why)
    why = 'node "one" is not allowed to modify node "two"'
    refused(ask(server, ONE, "PATCH", "/api/v1/nodes/two", {"metadata": {"labels": {"a": "b"}}}, MERGE), why)
    ready = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    refused(ask(server, ONE, "PATCH", "/api/v1/nodes/two/status", ready, STRATEGIC), why)
    assert ask(server, TWO, "PATCH", "/api/v1/nodes/two/status", ready, STRATEGIC).status == 200


def test_a_node_does_not_label_itself_into_more(server: Server) -> None:
    def label(key: str) -> Result:
        return ask(server, ONE, "PATCH", "/api/v1/nodes/one", {"metadata": {"labels": {key: "x"}}}, MERGE)

    assert label("topology.kubernetes.io/zone").status == 200
    refused(label("node-role.kubernetes.io/master"), "is not allowed to modify labels: node-role.kubernetes.io/master")
    refused(label("secure.node-restriction.kubernetes.io/pci"), "is not allowed to modify labels")
    new = node_object("five", node_restriction_kubernetes_io__x="1")
    new["metadata"]["labels"]["node-restriction.kubernetes.io/x"] = "1"
    refused(
        ask(server, "system:node:five;system:nodes", "POST", "/api/v1/nodes", new), "is not allowed to set the foll"
    )


def test_a_node_neither_loses_its_taints_nor_its_owners(server: Server) -> None:
    taint = {"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}
    assert ask(server, ADMIN, "PATCH", "/api/v1/nodes/two", taint, MERGE).status == 200
    refused(
        ask(server, TWO, "PATCH", "/api/v1/nodes/two", {"spec": {"taints": []}}, MERGE), "not allowed to modify taint"
    )
    owners = {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "u"}]}}
    refused(ask(server, TWO, "PATCH", "/api/v1/nodes/two", owners, MERGE), "is not allowed to modify ownerReferences")
    assert ask(server, TWO, "PATCH", "/api/v1/nodes/two", {"spec": {"unschedulable": True}}, MERGE).status == 200


# pods


def test_a_node_writes_the_status_of_its_own_pods_alone(server: Server) -> None:
    patch = {"status": {"message": "x"}}
    assert ask(server, ONE, "PATCH", f"{PODS}/one-pod/status", patch, STRATEGIC).status == 200
    why = 'node "one" can only update pod status for pods with spec.nodeName set to itself'
    refused(ask(server, ONE, "PATCH", f"{PODS}/two-pod/status", patch, STRATEGIC), why)
    labels = {"metadata": {"labels": {"app": "victim"}}}
    why = 'node "one" cannot update labels through pod status'
    refused(ask(server, ONE, "PATCH", f"{PODS}/one-pod/status", labels, STRATEGIC), why)
    claims = {"status": {"resourceClaimStatuses": [{"name": "c", "resourceClaimName": "other"}]}}
    refused(ask(server, ONE, "PATCH", f"{PODS}/one-pod/status", claims, STRATEGIC), "cannot update resource claim stat")
    assert ask(server, ONE, "PATCH", f"{PODS}/one-pod", labels, MERGE).status == 403


def test_a_node_deletes_and_evicts_its_own_pods_alone(server: Server) -> None:
    _made(server, PODS, pod("gone", "one"))
    why = 'node "two" can only delete pods with spec.nodeName set to itself'
    refused(ask(server, TWO, "DELETE", f"{PODS}/gone?gracePeriodSeconds=0"), why)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "gone"}}
    why = "node two can only evict pods with spec.nodeName set to itself"
    refused(ask(server, TWO, "POST", f"{PODS}/gone/eviction", eviction), why)
    assert ask(server, ONE, "POST", f"{PODS}/gone/eviction", eviction).status == 201
    assert ask(server, ONE, "DELETE", f"{PODS}/gone?gracePeriodSeconds=0").status in (200, 404)


def mirror(server: Server, name: str, /, **owner: Any) -> dict[str, Any]:
    uid = uid_of(server, "/api/v1/nodes/one")
    reference = {"apiVersion": "v1", "kind": "Node", "name": "one", "uid": uid, "controller": True, **owner}
    made = pod(name, annotations=MIRROR, ownerReferences=[reference])
    made["spec"]["nodeName"] = "one"
    return made


def test_a_node_creates_mirror_pods_on_itself(server: Server) -> None:
    assert ask(server, ONE, "POST", PODS, mirror(server, "mirror")).status == 201


@pytest.mark.parametrize(
    ("changes", "owner", "why"),
    [
        ({"metadata": {"annotations": {}}}, {}, "can only create mirror pods"),
        ({"spec": {"nodeName": "two"}}, {}, "can only create pods with spec.nodeName set to itself"),
        ({"metadata": {"ownerReferences": []}}, {}, "with an owner reference set to itself"),
        ({}, {"name": "two"}, "with an owner reference set to itself"),
        ({}, {"controller": False}, "with a controller owner reference set to itself"),
        ({}, {"blockOwnerDeletion": True}, "must not set blockOwnerDeletion on an owner reference"),
        ({}, {"uid": "another"}, "UID mismatch"),
        ({"spec": {"serviceAccountName": "default"}}, {}, ""),
        ({"spec": {"volumes": [{"name": "s", "secret": {"secretName": "two-secret"}}]}}, {}, ""),
        (
            {"spec": {"volumes": [{"name": "s", "configMap": {"name": "m"}}]}},
            {},
            'node "one" can not create pods that reference configmaps',
        ),
        (
            {"spec": {"volumes": [{"name": "s", "persistentVolumeClaim": {"claimName": "c"}}]}},
            {},
            'node "one" can not create pods that reference persistentvolumeclaims',
        ),
    ],
)
def test_a_node_creates_no_other_pods(server: Server, changes: dict[str, Any], owner: dict[str, Any], why: str) -> None:
    bad = mirror(server, "bad", **owner)
    for part, values in changes.items():
        bad[part] = {**bad[part], **values}
    refused(ask(server, ONE, "POST", PODS, bad), why)


# tokens


def token_request(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}


def test_a_node_gets_tokens_bound_to_its_own_pods_for_whom_they_name(server: Server) -> None:
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"

    def bound(name: str, uid: str = "", **spec: Any) -> Result:
        found = uid or uid_of(server, f"{PODS}/{name}")
        reference = {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": found}
        return ask(server, ONE, "POST", path, token_request(boundObjectRef=reference, **spec))

    refused(ask(server, ONE, "POST", path, token_request()), "node requested token not bound to a pod")
    refused(bound("two-pod"), "node requested token bound to a pod scheduled on a different node")
    refused(bound("one-pod", "stale"), "the UID in the bound object reference (stale) does not match the UID in record")
    refused(
        bound("one-pod", audiences=["bank"]), 'audience "bank" not found in pod spec volume, system:node:one is not'
    )
    refused(bound("one-pod", audiences=["vault", "bank"]), "node may only request 0 or 1 audiences")
    secret = {"apiVersion": "v1", "kind": "Secret", "name": "one-secret", "uid": "x"}
    refused(ask(server, ONE, "POST", path, token_request(boundObjectRef=secret)), "node requested token not bound to a")
    no_uid = {"apiVersion": "v1", "kind": "Pod", "name": "one-pod"}
    refused(ask(server, ONE, "POST", path, token_request(boundObjectRef=no_uid)), "pod binding without a uid")
    other = path.replace("serviceaccounts/default", "serviceaccounts/robot")
    refused(ask(server, ONE, "POST", other, token_request()), "no relationship")


# leases, csinodes, slices, claims


def test_a_node_keeps_its_own_lease_csi_node_and_slices(server: Server) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    assert ask(server, ONE, "POST", leases, {"metadata": {"name": "one"}}).status == 201
    refused(ask(server, ONE, "POST", leases, {"metadata": {"name": "two"}}), "can only access node lease with the same")
    refused(ask(server, ONE, "DELETE", f"{leases}/two"), "can only access node lease with the same name")
    refused(ask(server, ONE, "POST", leases.replace("kube-node-lease", "default"), {"metadata": {"name": "one"}}), "")
    csi_nodes = "/apis/storage.k8s.io/v1/csinodes"
    assert ask(server, ONE, "POST", csi_nodes, {"metadata": {"name": "one"}, "spec": {"drivers": []}}).status == 201
    bad = {"metadata": {"name": "two"}, "spec": {"drivers": []}}
    refused(ask(server, ONE, "POST", csi_nodes, bad), "can only access CSINode with the same name")
    slices = "/apis/resource.k8s.io/v1/resourceslices"

    def slice_of(node: str) -> dict[str, Any]:
        pool = {"name": node, "generation": 1, "resourceSliceCount": 1}
        return {"metadata": {"name": node}, "spec": {"driver": "d.example.com", "nodeName": node, "pool": pool}}

    assert ask(server, ONE, "POST", slices, slice_of("one")).status == 201
    refused(ask(server, ONE, "POST", slices, slice_of("two")), "can only create ResourceSlice with the same NodeName")
    _made(server, slices, slice_of("two"))
    refused(ask(server, ONE, "DELETE", f"{slices}/two"), "no relationship")
    refused(ask(server, ONE, "DELETE", slices), "can only list/watch/deletecollection resourceslices with nodeName")
    assert ask(server, ONE, "DELETE", f"{slices}?fieldSelector=spec.nodeName%3Done").status == 200


def test_a_node_tells_of_the_size_of_its_pods_claims_and_of_nothing_else(server: Server) -> None:
    claim = {
        "metadata": {"name": "claim"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    _made(server, "/api/v1/namespaces/default/persistentvolumeclaims", claim)
    using = pod("claiming")
    using["spec"] |= {
        "nodeName": "one",
        "volumes": [{"name": "c", "persistentVolumeClaim": {"claimName": "claim"}}],
    }
    _made(server, PODS, using)
    path = "/api/v1/namespaces/default/persistentvolumeclaims/claim"
    size = {"status": {"capacity": {"storage": "1Gi"}}}
    assert ask(server, ONE, "PATCH", f"{path}/status", size, MERGE).status == 200
    refused(ask(server, TWO, "PATCH", f"{path}/status", size, MERGE), "no relationship")
    why = "is not allowed to update fields other than status.quantity and status.conditions"
    refused(ask(server, ONE, "PATCH", f"{path}/status", {"status": {"phase": "Bound"}}, MERGE), why)
    refused(ask(server, ONE, "PATCH", f"{path}/status", {"metadata": {"finalizers": []}}, MERGE), why)
    refused(ask(server, ONE, "PATCH", path, {"metadata": {"labels": {"a": "b"}}}, MERGE), "")


# certificates


def signing_request(name: str, common_name: str) -> dict[str, Any]:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:nodes"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    key = ec.generate_private_key(ec.SECP256R1())
    pem = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return {
        "metadata": {"name": name},
        "spec": {
            "request": base64.b64encode(pem.public_bytes(Encoding.PEM)).decode(),
            "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
            "usages": ["digital signature", "client auth"],
            "username": "system:admin",
            "groups": ["system:masters"],
        },
    }


REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


def test_a_node_asks_for_its_own_certificate_alone_and_the_request_says_who_asked(server: Server) -> None:
    made = ask(server, ONE, "POST", REQUESTS, signing_request("mine", "system:node:one"))
    assert made.status == 201, made.text
    assert made.json["spec"]["username"] == "system:node:one"
    assert made.json["spec"]["groups"] == ["system:nodes", "system:authenticated"]
    refused(
        ask(server, ONE, "POST", REQUESTS, signing_request("theirs", "system:node:two")), "can only create a node CSR"
    )
    approval = {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "x", "message": "x"}]}}
    refused(ask(server, ONE, "PATCH", f"{REQUESTS}/mine/approval", approval, MERGE), "")
    refused(ask(server, ONE, "PATCH", f"{REQUESTS}/mine/status", {"status": {"certificate": "eA=="}}, MERGE), "")


def test_what_is_asked_for_never_changes(server: Server) -> None:
    _made(server, REQUESTS, signing_request("fixed", "system:node:one"))
    changes = {"spec": {"username": "system:node:one", "groups": ["system:nodes"], "usages": ["server auth"]}}
    changed = ask(server, ADMIN, "PATCH", f"{REQUESTS}/fixed", changes, MERGE)
    assert changed.json["spec"]["username"] == "admin"
    assert changed.json["spec"]["usages"] == ["digital signature", "client auth"]


def test_an_approval_gets_the_times_it_lacks(server: Server) -> None:
    _made(server, REQUESTS, signing_request("timed", "system:node:one"))
    approval = {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "x", "message": "x"}]}}
    done = ask(server, ADMIN, "PATCH", f"{REQUESTS}/timed/approval", approval, MERGE)
    (condition,) = done.json["status"]["conditions"]
    assert condition["lastUpdateTime"] == condition["lastTransitionTime"]
    failed = {
        "status": {"conditions": [condition, {"type": "Failed", "status": "True", "reason": "y", "message": "y"}]}
    }
    stored = ask(server, ADMIN, "PATCH", f"{REQUESTS}/timed/status", failed, MERGE).json["status"]["conditions"]
    assert stored[0] == condition
    assert stored[1]["lastUpdateTime"]


def test_the_group_alone_makes_no_node(server: Server) -> None:
    """A user of the group whose name is no node's has no rights of a node."""
    assert ask(server, "mallory;system:nodes", "GET", "/api/v1/nodes/one").status == 403
    refused(ask(server, "system:node:;system:nodes", "GET", "/api/v1/nodes/one"), "unknown node for user")
