"""The client against the real server: what a scripted one cannot prove."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from apimachinery.objects import name_of
from apimachinery.status import AlreadyExists, Conflict, Invalid, NotFound
from client.api import APPLY, JSON, STRATEGIC, Client
from client.credentials import load_configuration, with_certificate
from client.informer import Informer
from client.leaderelection import LeaderElector, LeaseTimes
from client.recorder import NORMAL, EventRecorder
from client.resources import CONFIGMAPS, EVENTS, LEASES, NAMESPACES, PODS
from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz


@pytest.fixture
def client(kubejazz_server: Kubejazz) -> Iterator[Client]:
    made = Client.from_kubeconfig(str(kubejazz_server.kubeconfig), user_agent="live-test/1")
    yield made
    made.close()


@pytest.fixture
def namespace(client: Client) -> str:
    name = f"live-{uuid4().hex[:8]}"
    client.create(NAMESPACES, "", {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}})
    return name


def config(name: str, **data: str) -> dict[str, Any]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "labels": {"app": name}}, "data": data}


def test_objects_are_created_read_changed_and_deleted(client: Client, namespace: str) -> None:
    made = client.create(CONFIGMAPS, namespace, config("a", x="1"))
    assert made["metadata"]["managedFields"][0]["manager"] == "live-test"
    with pytest.raises(AlreadyExists):
        client.create(CONFIGMAPS, namespace, config("a"))
    client.update(CONFIGMAPS, namespace, "a", {**made, "data": {"x": "2"}})
    with pytest.raises(Conflict):
        client.update(CONFIGMAPS, namespace, "a", {**made, "data": {"x": "3"}})
    client.patch(CONFIGMAPS, namespace, "a", {"data": {"y": "1"}})
    client.patch(CONFIGMAPS, namespace, "a", {"data": {"z": "1"}}, kind=STRATEGIC)
    client.patch(CONFIGMAPS, namespace, "a", [{"op": "remove", "path": "/data/x"}], kind=JSON)
    applied = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"w": "1"}}
    client.patch(CONFIGMAPS, namespace, "a", applied, kind=APPLY, force=True)
    assert client.get(CONFIGMAPS, namespace, "a")["data"] == {"w": "1", "y": "1", "z": "1"}
    assert len(client.list(CONFIGMAPS, namespace, label_selector="app=a")["items"]) == 1
    with pytest.raises(Conflict):
        client.delete(CONFIGMAPS, namespace, "a", uid="another")
    client.delete(CONFIGMAPS, namespace, "a")
    with pytest.raises(NotFound):
        client.get(CONFIGMAPS, namespace, "a")


def test_a_dry_run_writes_nothing_and_an_invalid_object_is_told(client: Client, namespace: str) -> None:
    client.create(CONFIGMAPS, namespace, config("dry"), dry_run=True)
    with pytest.raises(NotFound):
        client.get(CONFIGMAPS, namespace, "dry")
    with pytest.raises(Invalid) as caught:
        client.create(CONFIGMAPS, namespace, config("ok") | {"metadata": {"name": "Not OK"}})
    assert caught.value.has_cause("FieldValueInvalid")


def test_an_informer_follows_a_collection(client: Client, namespace: str) -> None:
    client.create(CONFIGMAPS, namespace, config("before"))
    told: queue.Queue[tuple[str, str]] = queue.Queue()
    informer, stop = Informer(client, CONFIGMAPS, namespace=namespace, label_selector="app"), threading.Event()
    informer.add_handler(
        lambda obj: told.put(("add", name_of(obj))),
        lambda old, new: told.put(("update", name_of(new))),
        lambda obj: told.put(("delete", name_of(obj))),
    )
    informer.start(stop)
    assert informer.wait_for_sync(20)
    assert informer._reflector._stream_initial, "the server streams the initial state"
    client.create(CONFIGMAPS, namespace, config("after"))
    client.patch(CONFIGMAPS, namespace, "before", {"data": {"x": "1"}})
    client.delete(CONFIGMAPS, namespace, "after")
    expected = [("add", "before"), ("add", "after"), ("update", "before"), ("delete", "after")]
    assert [told.get(timeout=20) for _ in expected] == expected
    assert [name_of(obj) for obj in informer.store.list()] == ["before"]
    stop.set()
    informer.join(5)
    assert not any(thread.is_alive() for thread in informer._threads)


def test_pages_show_one_state(client: Client, namespace: str) -> None:
    for number in range(5):
        client.create(CONFIGMAPS, namespace, config(f"p{number}"))
    first = client.list(CONFIGMAPS, namespace, label_selector="app", limit=2)
    client.create(CONFIGMAPS, namespace, config("p9"))
    names, token = [name_of(item) for item in first["items"]], first["metadata"]["continue"]
    while token:
        page = client.list(CONFIGMAPS, namespace, label_selector="app", limit=2, continue_token=token)
        names += [name_of(item) for item in page["items"]]
        token = page["metadata"].get("continue")
    assert names == [f"p{number}" for number in range(5)]


def test_events_are_written_and_counted(client: Client, namespace: str) -> None:
    about = client.create(CONFIGMAPS, namespace, config("subject"))
    recorder = EventRecorder(client, "live-test", "here")
    for _ in range(3):
        recorder.event(about, NORMAL, "Tested", "it works")
    recorder.close(20)
    items = client.list(EVENTS, namespace, field_selector="involvedObject.name=subject")["items"]
    assert [(item["reason"], item["count"]) for item in items] == [("Tested", 3)]
    assert items[0]["reportingComponent"] == "live-test"


def test_a_lease_is_taken_and_given_back(client: Client, namespace: str) -> None:
    stop, stopped = threading.Event(), threading.Event()

    def lead(lost: threading.Event) -> None:
        stop.set()
        lost.wait(20)

    LeaderElector(client, namespace, "lock", "me", lead, stopped.set, times=LeaseTimes(retry_period=0.01)).run(stop)
    spec = client.get(LEASES, namespace, "lock")["spec"]
    assert stopped.is_set() and spec.get("holderIdentity", "") == "" and spec["leaseDurationSeconds"] == 1


def test_what_is_served_is_discovered(client: Client) -> None:
    found = {(resource.gvr, resource.subresource): resource for resource in client.discover()}
    pods = found[PODS, ""]
    assert pods.namespaced and pods.kind.kind == "Pod" and "watch" in pods.verbs
    assert (PODS, "status") in found
    assert any(gvr.group == "apps" for gvr, _ in found)


def test_a_closed_client_leaves_at_once(kubejazz_server: Kubejazz) -> None:
    client = Client.from_kubeconfig(str(kubejazz_server.kubeconfig), user_agent="live-test/1")
    informer = Informer(client, PODS)
    informer.start()
    assert informer.wait_for_sync(20)
    informer.stop()
    informer.join(2)
    assert not any(thread.is_alive() for thread in informer._threads)
    client.close()


def test_an_informer_survives_the_death_of_the_server(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    server = start_kubejazz(data_dir=tmp_path)
    client = Client.from_kubeconfig(str(server.kubeconfig), user_agent="live-test/1")
    told: queue.Queue[str] = queue.Queue()
    informer = Informer(client, CONFIGMAPS, namespace="default", label_selector="app")
    informer.add_handler(lambda obj: told.put(name_of(obj)))
    informer.start()
    assert informer.wait_for_sync(20)
    client.create(CONFIGMAPS, "default", config("one"))
    assert told.get(timeout=20) == "one"
    server.kill()
    start_kubejazz(data_dir=tmp_path, port=urlsplit(server.url).port or 0)
    client.create(CONFIGMAPS, "default", config("two"))
    assert told.get(timeout=30) == "two"
    assert told.empty()
    informer.stop()
    informer.join(5)
    client.close()


def test_a_replaced_certificate_is_used_once_the_client_is_told(kubejazz_server: Kubejazz, tmp_path: Path) -> None:
    pki = kubejazz_server.data_dir / "pki"
    file = tmp_path / "client.pem"

    def become(identity: str) -> None:
        pair = (pki / f"{identity}.crt").read_bytes() + (pki / f"{identity}.key").read_bytes()
        fresh = file.with_suffix(".new")
        fresh.write_bytes(pair)
        fresh.replace(file)

    def whoami(made: Client) -> str:
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        answer = made.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=review)
        name: str = answer["status"]["userInfo"]["username"]
        return name

    become("scheduler")
    configuration = with_certificate(load_configuration(str(kubejazz_server.kubeconfig), None), file)
    made = Client(configuration, user_agent="live-test/1")
    try:
        assert whoami(made) == "system:kube-scheduler"
        become("controller-manager")
        assert whoami(made) == "system:kube-scheduler"
        made.renew()
        assert whoami(made) == "system:kube-controller-manager"
    finally:
        made.close()
