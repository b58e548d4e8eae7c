from __future__ import annotations

import pytest

from apimachinery.objects import Object
from apimachinery.status import Conflict, NotFound
from client.resources import LEASES
from tests.kubelet.nodes.builders import Post


@pytest.fixture
def post() -> Post:
    return Post()


def _existing(**fields: object) -> Object:
    meta = {"name": "node-1", "uid": "old-uid", "labels": {"mine": "1", "kubernetes.io/os": "plan9"}}
    return {"metadata": meta, "spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}, **fields}


def test_a_new_node_is_created_ready_in_one_request(post: Post) -> None:
    post.agent.register()
    assert [call[0] for call in post.api.calls] == ["create"]
    ready = next(c for c in post.node["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("True", "KubeletReady")
    assert post.told == [("Starting", "Starting kubelet.")]


def test_a_server_that_drops_the_status_gets_it_right_after() -> None:
    post = Post()
    create = post.api.create
    post.api.create = lambda gvr, ns, obj, **kw: create(gvr, ns, {**obj, "status": {}}, **kw)  # type: ignore[method-assign]
    post.agent.register()
    assert post.node["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.37")
    assert post.told[-1] == ("NodeReady", "Node node-1 status is now: NodeReady")


def test_an_existing_node_is_adopted_with_its_taints_and_foreign_labels(post: Post) -> None:
    post.api.put("nodes", _existing())
    post.agent.register()
    assert post.node["metadata"]["uid"] == "old-uid"
    assert post.node["spec"]["taints"] == [{"key": "k", "effect": "NoSchedule"}]
    assert post.node["metadata"]["labels"]["mine"] == "1"
    assert post.node["metadata"]["labels"]["kubernetes.io/os"] == "linux"
    assert post.node["metadata"]["labels"]["kubernetes.io/hostname"] == "node-1"
    assert post.node["status"]["capacity"]["pods"] == "110"


def test_configured_taints_are_only_for_new_nodes() -> None:
    post = Post(taints=({"key": "new", "effect": "NoExecute"},))
    post.api.put("nodes", _existing())
    post.agent.register()
    assert post.node["spec"]["taints"] == [{"key": "k", "effect": "NoSchedule"}]


def test_a_steady_status_is_written_every_five_minutes(post: Post) -> None:
    post.agent.register()
    for _ in range(60):
        post.clock.advance(10)
        post.agent.report_status()
    assert post.api.count("patch", "nodes") == 2


def test_a_report_moves_the_heartbeat_and_not_the_transition(post: Post) -> None:
    post.agent.register()
    before = post.node["status"]["conditions"][0]
    post.clock.advance(300)
    post.agent.report_status()
    after = post.node["status"]["conditions"][0]
    assert after["lastTransitionTime"] == before["lastTransitionTime"]
    assert after["lastHeartbeatTime"] == "2026-01-01T00:05:00Z"


def test_a_status_changed_by_others_is_mended_at_once(post: Post) -> None:
    post.agent.register()
    changed = dict(post.node)
    conditions = [dict(c, status="Unknown") if c["type"] == "Ready" else c for c in changed["status"]["conditions"]]
    changed["status"] = {**changed["status"], "conditions": conditions}
    post.api.put("nodes", changed)
    assert post.agent.seen(post.node) is True
    post.agent.report_status()
    assert next(c for c in post.node["status"]["conditions"] if c["type"] == "Ready")["status"] == "True"
    assert post.told[-1][0] == "NodeReady"
    assert post.agent.seen(post.node) is False


def test_resources_added_by_others_are_kept_and_become_allocatable(post: Post) -> None:
    post.agent.register()
    changed = dict(post.node)
    changed["status"] = {**changed["status"], "capacity": {**changed["status"]["capacity"], "example.com/gpu": "4"}}
    post.api.put("nodes", changed)
    assert post.agent.seen(post.node) is True
    post.agent.report_status()
    assert post.node["status"]["capacity"]["example.com/gpu"] == "4"
    assert post.node["status"]["allocatable"]["example.com/gpu"] == "4"


def test_the_lease_names_its_holder_and_its_node(post: Post) -> None:
    post.agent.register()
    delay = post.agent.renew_lease()
    assert post.lease["spec"] == {
        "holderIdentity": "node-1",
        "leaseDurationSeconds": 40,
        "renewTime": "2026-01-01T00:00:00.000000Z",
    }
    assert post.lease["metadata"]["ownerReferences"] == [
        {"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": "uid-of-node-1"}
    ]
    assert 10 <= delay <= 10.4


def test_a_renewal_is_one_update(post: Post) -> None:
    post.agent.register()
    post.agent.renew_lease()
    post.clock.advance(10)
    post.agent.renew_lease()
    assert post.lease["spec"]["renewTime"] == "2026-01-01T00:00:10.000000Z"
    assert [call[0] for call in post.api.calls if call[1] == "leases"] == ["create", "update"]


def test_an_existing_lease_is_taken_over(post: Post) -> None:
    meta = {"name": "node-1", "namespace": "kube-node-lease", "labels": {"a": "b"}}
    post.api.put("leases", {"metadata": meta, "spec": {"holderIdentity": "old"}})
    post.agent.register()
    post.agent.renew_lease()
    assert post.lease["spec"]["holderIdentity"] == "node-1"
    assert post.lease["metadata"]["labels"] == {"a": "b"}


def test_a_lease_changed_or_removed_by_others_is_renewed_all_the_same(post: Post) -> None:
    post.agent.register()
    post.agent.renew_lease()
    post.api.put("leases", post.lease)
    post.agent.renew_lease()
    post.api.objects.pop(("leases", "kube-node-lease", "node-1"))
    post.agent.renew_lease()
    assert post.lease["spec"]["holderIdentity"] == "node-1"


def test_a_missing_namespace_is_the_callers_to_retry(post: Post) -> None:
    post.agent.register()

    def refuse(verb: str, resource: str) -> None:
        raise NotFound.of(LEASES.group_resource, "kube-node-lease")

    post.api.fail = refuse
    with pytest.raises(NotFound):
        post.agent.renew_lease()
    post.api.fail = lambda verb, resource: None
    post.agent.renew_lease()
    assert post.lease["spec"]["holderIdentity"] == "node-1"


def test_a_conflict_during_takeover_is_the_callers_to_retry(post: Post) -> None:
    post.agent.register()
    post.api.put("leases", {"metadata": {"name": "node-1", "namespace": "kube-node-lease"}, "spec": {}})

    def refuse(verb: str, resource: str) -> None:
        if verb == "update":
            raise Conflict.of(LEASES.group_resource, "node-1", "modified")

    post.api.fail = refuse
    with pytest.raises(Conflict):
        post.agent.renew_lease()
