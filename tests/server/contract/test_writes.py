"""DESIGN §6, lines 12 to 17: writes."""

from __future__ import annotations

from tests.server.harness import Server, config_map, pod

CMS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
MODIFIED = (
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the '
    "latest version and try again"
)


def test_12_creating_over_an_existing_name_is_a_conflict(server: Server) -> None:
    server.post(CMS, config_map("a"))
    answer = server.post(CMS, config_map("a"))
    assert (answer.status, answer.json["reason"]) == (409, "AlreadyExists")
    assert answer.json["message"] == 'configmaps "a" already exists'
    assert answer.json["details"] == {"name": "a", "kind": "configmaps"}


def test_12_creating_over_a_terminating_object_says_so(server: Server) -> None:
    server.post(CMS, config_map("a", finalizers=["example.com/hold"]))
    server.delete(f"{CMS}/a")
    answer = server.post(CMS, config_map("a"))
    assert answer.json["message"] == 'object is being deleted: configmaps "a" already exists'


def test_12_creating_with_a_resource_version_is_refused(server: Server) -> None:
    answer = server.post(CMS, config_map("a", resourceVersion="5"))
    assert answer.status == 500
    assert answer.json["message"] == "resourceVersion should not be set on objects to be created"


def test_13_a_stale_version_is_a_conflict(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    server.patch(f"{CMS}/a", {"data": {"k": "v"}})
    answer = server.put(f"{CMS}/a", created)
    assert (answer.status, answer.json["reason"], answer.json["message"]) == (409, "Conflict", MODIFIED)
    assert server.patch(f"{CMS}/a", {"metadata": {"resourceVersion": "1"}}).status == 409


def test_13_a_missing_version_is_unconditional_where_the_kind_allows_it(server: Server) -> None:
    server.post(CMS, config_map("a"))
    assert server.put(f"{CMS}/a", config_map("a", {"k": "v"})).json["data"] == {"k": "v"}
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}}
    server.post(leases, lease)
    answer = server.put(f"{leases}/l", {**lease, "spec": {"holderIdentity": "me"}})
    assert answer.status == 422
    assert [c["field"] for c in answer.json["details"]["causes"]] == ["metadata.resourceVersion"]


def test_14_preconditions_that_do_not_hold_are_a_conflict(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    for wrong in ({"uid": "0" * 8}, {"resourceVersion": "1"}):
        answer = server.delete(f"{CMS}/a", {"preconditions": wrong})
        assert (answer.status, answer.json["reason"]) == (409, "Conflict")
    right = {"uid": created["metadata"]["uid"], "resourceVersion": created["metadata"]["resourceVersion"]}
    assert server.delete(f"{CMS}/a", {"preconditions": right}).status == 200


def test_14_finalizers_hold_the_object_and_emptying_them_completes_the_deletion(server: Server) -> None:
    created = server.post(CMS, config_map("a", finalizers=["example.com/hold"])).json
    stream = server.stream(CMS, watch="true", resourceVersion=created["metadata"]["resourceVersion"])
    held = server.delete(f"{CMS}/a").json
    assert held["metadata"]["deletionTimestamp"]
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    again = server.delete(f"{CMS}/a").json
    assert again["metadata"]["resourceVersion"] == held["metadata"]["resourceVersion"]
    assert server.patch(f"{CMS}/a", {"metadata": {"finalizers": None}}).status == 200
    assert server.get(f"{CMS}/a").status == 404
    assert [event["type"] for event in stream.take(2)] == ["MODIFIED", "DELETED"]
    assert stream.quiet()
    stream.close()


def _running_pod(server: Server, name: str) -> None:
    server.post(PODS, pod(name))
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": {"name": "n1"}}
    assert server.post(f"{PODS}/{name}/binding", binding).status == 201


def test_14_a_graceful_deletion_marks_and_repeats_only_shorten_it(server: Server) -> None:
    _running_pod(server, "p")
    before = server.get(f"{PODS}/p").json["metadata"]
    marked = server.delete(f"{PODS}/p").json["metadata"]
    assert marked["deletionGracePeriodSeconds"] == 30
    assert marked["generation"] == before["generation"] + 1
    assert server.delete(f"{PODS}/p", gracePeriodSeconds="60").json["metadata"] == marked
    shortened = server.delete(f"{PODS}/p", gracePeriodSeconds="5").json["metadata"]
    assert shortened["deletionGracePeriodSeconds"] == 5
    assert shortened["deletionTimestamp"] < marked["deletionTimestamp"]
    assert server.delete(f"{PODS}/p", gracePeriodSeconds="0").status == 200
    assert server.get(f"{PODS}/p").status == 404


def test_14_a_pod_on_no_node_goes_at_once(server: Server) -> None:
    server.post(PODS, pod("p"))
    server.delete(f"{PODS}/p")
    assert server.get(f"{PODS}/p").status == 404


def test_15_propagation_sets_the_collectors_finalizers(server: Server) -> None:
    for policy, finalizers in (("Foreground", ["foregroundDeletion"]), ("Orphan", ["orphan"])):
        server.post(CMS, config_map("a"))
        held = server.delete(f"{CMS}/a", {"propagationPolicy": policy}).json
        assert held["metadata"]["finalizers"] == finalizers
        server.patch(f"{CMS}/a", {"metadata": {"finalizers": []}})
        assert server.get(f"{CMS}/a").status == 404
    server.post(CMS, config_map("a"))
    gone = server.delete(f"{CMS}/a", {"propagationPolicy": "Background"}).json
    assert (gone["kind"], gone["status"]) == ("Status", "Success")


def test_15_a_collection_is_deleted_by_selector_limit_and_dry_run(server: Server) -> None:
    for name in ("a", "b", "c"):
        server.post(CMS, config_map(name, labels={"x": name}))
    assert server.delete(CMS, labelSelector="x in (a,b)", dryRun="All").status == 200
    assert len(server.get(CMS).json["items"]) == 3
    deleted = server.delete(CMS, labelSelector="x in (a,b)").json
    assert [item["metadata"]["name"] for item in deleted["items"]] == ["a", "b"]
    assert [item["metadata"]["name"] for item in server.get(CMS).json["items"]] == ["c"]


def test_16_generated_names_have_five_characters_of_the_alphabet(server: Server) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x" * 80}}
    name = server.post(CMS, body).json["metadata"]["name"]
    assert name[:58] == "x" * 58
    assert len(name) == 63
    assert set(name[58:]) <= set("bcdfghjklmnpqrstvwxz2456789")


def test_16_a_created_again_key_has_a_new_uid(server: Server) -> None:
    first = server.post(CMS, config_map("a")).json["metadata"]["uid"]
    server.delete(f"{CMS}/a")
    assert server.post(CMS, config_map("a")).json["metadata"]["uid"] != first


def _deployment(replicas: int = 1) -> dict:  # type: ignore[type-arg]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    }


def test_17_the_generation_moves_with_the_spec_alone(server: Server) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments"
    assert server.post(path, _deployment()).json["metadata"]["generation"] == 1
    assert server.patch(f"{path}/d", {"metadata": {"labels": {"x": "y"}}}).json["metadata"]["generation"] == 1
    assert server.patch(f"{path}/d", {"spec": {"replicas": 2}}).json["metadata"]["generation"] == 2
    assert server.patch(f"{path}/d/status", {"status": {"replicas": 9}}).json["metadata"]["generation"] == 2


def test_17_status_and_spec_do_not_touch_each_others_fields(server: Server) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments"
    server.post(path, {**_deployment(), "status": {"replicas": 7}})
    assert server.get(f"{path}/d").json["status"] == {}
    through_status = server.patch(f"{path}/d/status", {"spec": {"replicas": 5}, "status": {"replicas": 3}}).json
    assert through_status["spec"]["replicas"] == 1
    assert through_status["status"]["replicas"] == 3
    through_spec = server.patch(f"{path}/d", {"spec": {"replicas": 5}, "status": {"replicas": 8}}).json
    assert through_spec["spec"]["replicas"] == 5
    assert through_spec["status"]["replicas"] == 3
    assert server.get(f"{path}/d/scale").json["status"] == {"replicas": 3, "selector": "a=b"}


def test_17_managed_fields_are_kept_for_every_writer(server: Server) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments"
    server.post(path, _deployment(), fieldManager="maker")
    server.patch(f"{path}/d", {"spec": {"replicas": 4}}, fieldManager="scaler")
    server.patch(f"{path}/d/status", {"status": {"replicas": 4}}, fieldManager="controller")
    managed = server.get(f"{path}/d").json["metadata"]["managedFields"]
    assert {(entry["manager"], entry.get("subresource", "")) for entry in managed} == {
        ("maker", ""),
        ("scaler", ""),
        ("controller", "status"),
    }


def test_17_generation_moves_with_what_is_the_spec_of_a_kind_without_one(server: Server) -> None:
    path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    server.post(path, {"metadata": {"name": "s"}, "addressType": "IPv4", "endpoints": []})
    assert server.patch(f"{path}/s", {"metadata": {"annotations": {"x": "y"}}}).json["metadata"]["generation"] == 1
    assert server.patch(f"{path}/s", {"metadata": {"labels": {"x": "y"}}}).json["metadata"]["generation"] == 2
    endpoint = {"addresses": ["10.1.2.3"]}
    assert server.patch(f"{path}/s", {"endpoints": [endpoint]}).json["metadata"]["generation"] == 3


def test_17_a_csi_driver_has_no_generation_before_its_first_change(server: Server) -> None:
    path = "/apis/storage.k8s.io/v1/csidrivers"
    made = server.post(path, {"metadata": {"name": "d"}, "spec": {"attachRequired": False}}).json
    assert "generation" not in made["metadata"]
    assert "generation" not in server.patch(f"{path}/d", {"metadata": {"labels": {"x": "y"}}}).json["metadata"]
    assert server.patch(f"{path}/d", {"spec": {"requiresRepublish": True}}).json["metadata"]["generation"] == 1
