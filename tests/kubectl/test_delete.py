"""kubectl delete with every cascade and every way to choose."""

from __future__ import annotations

import pytest

from tests.kubectl.kubectl import Kubectl, eventually, manifest
from tests.kubectl.objects import config_map, pod, replica_set

covers = pytest.mark.covers


def pods(kubectl: Kubectl) -> list[str]:
    return kubectl("get", "pods", "-o", "name").out.split()


@covers("delete", "delete --ignore-not-found", "delete --dry-run=server", "delete --dry-run=client")
def test_deleting_by_name(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one"))
    assert "(server dry run)" in kubectl("delete", "cm", "one", "--dry-run=server").out
    assert "(dry run)" in kubectl("delete", "cm", "one", "--dry-run=client").out
    assert kubectl.find("configmaps", "one")
    assert kubectl("delete", "cm", "one").out.startswith('configmap "one" deleted')
    assert kubectl.find("configmaps", "one") is None
    assert kubectl("delete", "cm", "one", code=1).err == 'Error from server (NotFound): configmaps "one" not found\n'
    assert kubectl("delete", "cm", "one", "--ignore-not-found").out == ""


@covers("delete -l", "delete --all", "delete -f", "delete --field-selector")
def test_deleting_several(kubectl: Kubectl) -> None:
    labels = {"mine": "yes"}
    kubectl.apply(*(config_map(name, labels) for name in ("a", "b", "c")), config_map("d"))
    kubectl("delete", "-f", "-", stdin=manifest(config_map("a")))
    kubectl("delete", "cm", "--field-selector=metadata.name=b")
    kubectl("delete", "cm", "-l", "mine=yes")
    names = kubectl("get", "cm", "-o", "name").out.split()
    assert names == ["configmap/d", "configmap/kube-root-ca.crt"]
    kubectl("delete", "cm", "--all")
    assert kubectl.find("configmaps", "d") is None


@pytest.mark.parametrize("cascade", ["background", "foreground"])
@covers("delete --cascade=background", "delete --cascade=foreground")
def test_what_an_owner_owns_goes_with_it(kubectl: Kubectl, cascade: str) -> None:
    kubectl.apply(replica_set("web", 2))
    eventually(lambda: pods(kubectl), lambda names: len(names) == 2)
    kubectl("delete", "rs", "web", f"--cascade={cascade}", "--timeout=30s")
    assert kubectl.find("replicasets.apps", "web") is None
    if cascade == "foreground":
        assert pods(kubectl) == []
    eventually(lambda: pods(kubectl), lambda names: names == [])


@covers("delete --cascade=orphan")
def test_orphans_stay(kubectl: Kubectl) -> None:
    kubectl.apply(replica_set("web", 2))
    names = eventually(lambda: pods(kubectl), lambda names: len(names) == 2)
    kubectl("delete", "rs", "web", "--cascade=orphan", "--timeout=30s")
    assert pods(kubectl) == names
    owners = [kubectl.stored("pods", name.removeprefix("pod/"))["metadata"].get("ownerReferences") for name in names]
    assert owners == [None, None]


@covers("delete --grace-period", "delete --now", "delete --force", "delete --wait=false")
def test_graces(kubectl: Kubectl) -> None:
    slow = {"terminationGracePeriodSeconds": 30}
    kubectl.apply(pod("waits", **slow), pod("now", **slow), pod("forced", **slow))
    eventually(
        lambda: [kubectl.stored("pods", name)["status"]["phase"] for name in ("waits", "now", "forced")],
        lambda phases: set(phases) == {"Running"},
    )
    hold = '{"metadata":{"finalizers":["example.com/hold"]}}'
    kubectl("patch", "pod", "waits", "-p", hold)
    kubectl("delete", "pod", "waits", "--wait=false", "--grace-period=7")
    held = kubectl.stored("pods", "waits")["metadata"]
    assert held["deletionTimestamp"] and held["deletionGracePeriodSeconds"] <= 7
    kubectl("delete", "pod", "now", "--now")
    assert kubectl.find("pods", "now") is None
    forced = kubectl("delete", "pod", "forced", "--force", "--grace-period=0")
    assert "Immediate deletion does not wait for confirmation" in forced.err
    assert kubectl.find("pods", "forced") is None
    kubectl("patch", "pod", "waits", "-p", '{"metadata":{"finalizers":null}}')


@covers("delete namespace")
def test_a_namespace_goes_with_all_that_is_in_it(kubectl: Kubectl) -> None:
    name = f"{kubectl.namespace}-more"
    kubectl("create", "namespace", name)
    kubectl("create", "cm", "one", f"--namespace={name}")
    kubectl("delete", "namespace", name, "--timeout=30s")
    assert kubectl.api.find("namespaces", name) is None
    assert kubectl.api.find("configmaps", "one", name) is None
