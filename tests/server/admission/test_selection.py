"""Which plugins take part, and what those do that are off by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from server.admission.selection import OFF, SelectionError, selected
from tests.server.authz.people import ADMIN, BySay, allow, ask
from tests.server.harness import Server, config_map, pod

PODS = "/api/v1/namespaces/default/pods"
MAPS = "/api/v1/namespaces/default/configmaps"

Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server with plugins that are off by default, or without some that are on."""
    with ExitStack() as stack:

        def starting(*enabled: str, without: tuple[str, ...] = (), **config: Any) -> Server:
            off = ("ServiceAccount", *without)  # no controller makes service accounts
            server = Server(tmp_path / "state.db", enabled_plugins=enabled, disabled_plugins=off, **config)
            return stack.enter_context(server)

        yield starting


class Named:
    def __init__(self, name: str) -> None:
        self.name = name

    async def mutate(self, attributes: Any) -> None: ...

    async def validate(self, attributes: Any) -> None: ...


ALL = [Named(name) for name in ("NamespaceExists", "LimitRanger", "AlwaysPullImages", "Priority")]


def names(enabled: tuple[str, ...] = (), disabled: tuple[str, ...] = ()) -> list[str]:
    return [plugin.name for plugin in selected(ALL, enabled, disabled)]


def test_some_are_on_and_some_off_by_default() -> None:
    assert names() == ["LimitRanger", "Priority"]
    assert names(("AlwaysPullImages",), ("Priority",)) == ["LimitRanger", "AlwaysPullImages"]
    assert names(("Priority",), ("NamespaceExists",)) == ["LimitRanger", "Priority"]


@pytest.mark.parametrize(
    ("enabled", "disabled", "message"),
    [
        (("Nothing",), (), 'enable-admission-plugins plugin "Nothing" is unknown'),
        ((), ("priority",), 'disable-admission-plugins plugin "priority" is unknown'),
        (
            ("Priority", "LimitRanger"),
            ("Priority",),
            "[Priority] in enable-admission-plugins and disable-admission-plugins overlap",
        ),
    ],
)
def test_what_makes_no_sense_is_said(enabled: tuple[str, ...], disabled: tuple[str, ...], message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        names(enabled, disabled)
    assert str(caught.value) == message


def test_those_that_are_off_are_all_there(start: Start) -> None:
    server = start(*OFF - {"AlwaysDeny"})
    assert OFF - {"AlwaysDeny"} <= {plugin.name for plugin in server.server.api.admission.plugins}


def test_nobody_does_without_the_check_of_escalation(start: Start) -> None:
    with pytest.raises(SelectionError):
        start(without=("RbacEscalation",))


def test_without_the_plugin_its_work_is_not_done(start: Start) -> None:
    server = start(without=("DefaultTolerationSeconds",))
    assert "tolerations" not in server.post(PODS, pod("p")).json["spec"]


def test_a_namespace_is_made_for_what_is_put_into_it(start: Start) -> None:
    server = start("NamespaceAutoProvision")
    path = "/api/v1/namespaces/new/configmaps"
    assert server.post(path, config_map("a"), dryRun="All").status == 404
    assert server.post(path, config_map("a")).status == 201
    assert server.get("/api/v1/namespaces/new").json["status"] == {"phase": "Active"}


def test_everything_may_be_denied(start: Start) -> None:
    refused = start("AlwaysDeny").post(MAPS, config_map("a"))
    assert refused.status == 403
    assert refused.json["message"] == ('configmaps "a" is forbidden: admission control is denying all modifications')


def test_images_are_always_pulled(start: Start) -> None:
    server = start("AlwaysPullImages")
    body = pod("p")
    body["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    body["spec"]["initContainers"] = [{"name": "i", "image": "x", "imagePullPolicy": "IfNotPresent"}]
    body["spec"]["volumes"] = [{"name": "v", "image": {"reference": "x", "pullPolicy": "Never"}}]
    spec = server.post(PODS, body).json["spec"]
    assert {c["imagePullPolicy"] for c in (*spec["containers"], *spec["initContainers"])} == {"Always"}
    assert spec["volumes"][0]["image"]["pullPolicy"] == "Always"


def service(*addresses: str) -> dict[str, Any]:
    return {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}], "externalIPs": list(addresses)}}


def test_no_service_takes_others_addresses(start: Start) -> None:
    services = "/api/v1/namespaces/default/services"
    server = start("DenyServiceExternalIPs")
    refused = server.post(services, service("1.2.3.4"))
    assert refused.status == 403
    assert refused.json["message"] == 'services "s" is forbidden: Use of external IPs is denied by admission control'
    assert server.post(services, service()).status == 201
    assert server.patch(f"{services}/s", {"spec": {"externalIPs": ["1.2.3.4"]}}).status == 403


def test_who_asks_for_a_device_tolerates_its_taint(start: Start) -> None:
    server = start("ExtendedResourceToleration", without=("DefaultTolerationSeconds",))
    devices = dict.fromkeys(("b.com/gpu", "a.com/nic", "cpu"), "1")
    body = pod("p")
    body["spec"]["containers"][0]["resources"] = {"requests": {**devices, "memory": "1Gi"}, "limits": devices}
    body["spec"]["tolerations"] = [{"key": "a.com/nic", "operator": "Exists", "effect": "NoSchedule"}]
    assert server.post(PODS, body).json["spec"]["tolerations"] == [
        {"key": "a.com/nic", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "b.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
    ]


@pytest.mark.parametrize(("key", "status"), [("kubernetes.io/hostname", 201), ("topology.kubernetes.io/zone", 403)])
def test_others_are_kept_off_the_node_alone(start: Start, key: str, status: int) -> None:
    term = {"topologyKey": key, "labelSelector": {"matchLabels": {"a": "b"}}}
    body = pod("p")
    body["spec"]["affinity"] = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    result = start("LimitPodHardAntiAffinityTopology").post(PODS, body)
    assert result.status == status
    if status == 403:
        assert result.json["message"] == (
            'pods "p" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey '
            "topology.kubernetes.io/zone but only key kubernetes.io/hostname is allowed"
        )


@pytest.mark.parametrize(
    ("own", "merged"),
    [
        ({}, {"env": "prod", "disk": "ssd"}),
        ({"zone": "a"}, {"env": "prod", "disk": "ssd", "zone": "a"}),
        ({"env": "prod"}, {"env": "prod", "disk": "ssd"}),
        ({"env": "test"}, None),
    ],
)
def test_a_namespaces_pods_go_to_its_nodes(start: Start, own: dict[str, str], merged: dict[str, str] | None) -> None:
    server = start("PodNodeSelector")
    annotations = {"scheduler.alpha.kubernetes.io/node-selector": "env=prod, disk=ssd"}
    server.post("/api/v1/namespaces", {"metadata": {"name": "n", "annotations": annotations}})
    body = pod("p")
    body["spec"]["nodeSelector"] = own
    result = server.post("/api/v1/namespaces/n/pods", body)
    if merged is not None:
        assert result.json["spec"]["nodeSelector"] == merged
    else:
        assert result.json["message"] == (
            'pods "p" is forbidden: pod node label selector conflicts with its namespace node label selector'
        )


RULES = {"verbs": ["create", "update", "patch", "get"], "apiGroups": [""], "resources": ["configmaps"]}


def owner(**more: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "1", **more}


def test_owners_are_named_by_who_could_delete(start: Start) -> None:
    server = start("OwnerReferencesPermissionEnforcement", authenticator=BySay())
    allow(server, "eve", RULES)
    assert ask(server, "eve", "POST", MAPS, config_map("a", ownerReferences=[owner()])).status == 201
    assert ask(server, "eve", "POST", MAPS, config_map("b")).status == 201
    change = {"metadata": {"ownerReferences": [owner()]}}
    refused = ask(server, "eve", "PATCH", f"{MAPS}/b", change, "merge-patch+json")
    assert refused.status == 403
    assert refused.json["message"] == (
        'configmaps "b" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>'
    )
    assert ask(server, ADMIN, "PATCH", f"{MAPS}/b", change, "merge-patch+json").status == 200
    label = {"metadata": {"labels": {"a": "b"}}}
    assert ask(server, "eve", "PATCH", f"{MAPS}/b", label, "merge-patch+json").status == 200


def test_an_owner_is_kept_from_going_by_who_could_set_its_finalizers(start: Start) -> None:
    server = start("OwnerReferencesPermissionEnforcement", authenticator=BySay())
    allow(server, "eve", RULES)
    blocking = [owner(blockOwnerDeletion=True)]
    refused = ask(server, "eve", "POST", MAPS, config_map("a", ownerReferences=blocking))
    assert refused.json["message"] == (
        'configmaps "a" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you '
        "can't set finalizers on: , <nil>"
    )
    unknown = [owner(kind="Nothing", blockOwnerDeletion=True)]
    refused = ask(server, "eve", "POST", MAPS, config_map("a", ownerReferences=unknown))
    assert refused.json["message"].endswith('Kind Nothing: no matches for kind "Nothing" in version "apps/v1"')
    finalizes = {"verbs": ["update"], "apiGroups": ["apps"], "resources": ["replicasets/finalizers"]}
    allow(server, "eve", finalizes, namespace="default")
    assert ask(server, "eve", "POST", MAPS, config_map("a", ownerReferences=blocking)).status == 201
