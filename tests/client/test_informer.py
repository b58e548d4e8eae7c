import logging
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from client.api import Client
from client.delivery import Delivery, Handler
from client.informer import Informer, InformerSet
from client.resources import NODES, PODS
from client.store import NAMESPACE, by_namespace
from tests.client.fakekube import FakeKube

Told = tuple[str, Any]


class Listener:
    def __init__(self) -> None:
        self.told: queue.Queue[Told] = queue.Queue()

    def add_to(self, informer: Informer, **options: Any) -> None:
        informer.add_handler(
            lambda obj: self.told.put(("add", label(obj))),
            lambda old, new: self.told.put(("update", (label(old), label(new)))),
            lambda obj: self.told.put(("delete", label(obj))),
            **options,
        )

    def next(self, count: int = 1) -> list[Told]:
        return [self.told.get(timeout=10) for _ in range(count)]


def label(obj: dict[str, Any]) -> str:
    return f"{obj['metadata']['name']}@{obj['metadata']['resourceVersion']}"


@pytest.fixture
def kube() -> Iterator[FakeKube]:
    with FakeKube() as fake:
        yield fake


@pytest.fixture
def client(kube: FakeKube) -> Iterator[Client]:
    made = Client.for_url(kube.url, user_agent="test")
    yield made
    made.close()


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_handlers_hear_of_everything_in_order(kube: FakeKube, client: Client, stop: threading.Event) -> None:
    kube.put("a")
    informer, listener = Informer(client, PODS), Listener()
    listener.add_to(informer)
    assert not informer.synced
    informer.start(stop)
    assert informer.wait_for_sync(10)
    kube.put("a", x=1)
    kube.put("b")
    kube.delete("a")
    assert listener.next(4) == [("add", "a@1"), ("update", ("a@1", "a@2")), ("add", "b@3"), ("delete", "a@4")]
    assert [label(obj) for obj in informer.store.list()] == ["b@3"]
    assert informer.resource_version == "4"


def test_sync_means_that_the_first_state_was_handed_over(kube: FakeKube, client: Client, stop: threading.Event) -> None:
    kube.put("a")
    release, informer = threading.Event(), Informer(client, PODS)
    informer.add_handler(lambda obj: release.wait(10))
    informer.start(stop)
    assert not informer.wait_for_sync(0.05)
    release.set()
    assert informer.wait_for_sync(10)


def test_a_later_handler_starts_with_what_is_there(kube: FakeKube, client: Client, stop: threading.Event) -> None:
    kube.put("a")
    informer, listener = Informer(client, PODS), Listener()
    informer.start(stop)
    assert informer.wait_for_sync(10)
    listener.add_to(informer)
    assert listener.next() == [("add", "a@1")]
    kube.put("b")
    assert listener.next() == [("add", "b@2")]


def test_a_failing_handler_is_logged_and_harms_nobody(
    kube: FakeKube, client: Client, stop: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    informer, listener = Informer(client, PODS), Listener()

    def fail(obj: Any) -> None:
        raise ValueError("bug")

    informer.add_handler(fail)
    listener.add_to(informer)
    informer.start(stop)
    kube.put("a")
    kube.put("b")
    assert listener.next(2) == [("add", "a@1"), ("add", "b@2")]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


def missed(kube: FakeKube, change: Callable[[], object]) -> None:
    """Let something happen while the watch is down and its version is compacted away."""
    kube.wait_until_watched()
    lock = kube._changed
    with lock:
        change()
        kube.history.clear()
        kube.compacted = kube.revision = kube.revision + 1
    kube.end_watches()


def test_what_a_relist_finds_is_told_as_changes(kube: FakeKube, client: Client, stop: threading.Event) -> None:
    for name in ("same", "changed", "gone", "remade"):
        kube.put(name)
    informer, listener = Informer(client, PODS, clock=FakeClock()), Listener()
    listener.add_to(informer)
    informer.start(stop)
    listener.next(4)
    informer._reflector._clock.advance(60)  # type: ignore[attr-defined]

    def change() -> None:
        kube.objects["changed"] = {**kube.objects["changed"], "metadata": meta("changed", "u2", "9")}
        kube.objects["remade"] = {**kube.objects["remade"], "metadata": meta("remade", "other", "10")}
        kube.objects["new"] = {"kind": "Pod", "metadata": meta("new", "u11", "11")}
        del kube.objects["gone"]
        kube.revision = 12

    missed(kube, change)
    assert sorted(listener.next(5)) == [
        ("add", "new@11"),
        ("add", "remade@10"),
        ("delete", "gone@3"),
        ("delete", "remade@4"),
        ("update", ("changed@2", "changed@9")),
    ]
    assert informer.store.keys() == {"ns/same", "ns/changed", "ns/remade", "ns/new"}


def meta(name: str, uid: str, version: str) -> dict[str, str]:
    return {"name": name, "namespace": "ns", "uid": uid, "resourceVersion": version}


def test_selectors_and_namespace_are_passed_on(kube: FakeKube, client: Client, stop: threading.Event) -> None:
    informer = Informer(client, PODS, namespace="ns", label_selector="a=b", field_selector="spec.nodeName=n")
    informer.start(stop)
    assert informer.wait_for_sync(10)
    request = kube.server.requests[0]
    assert request.path == "/api/v1/namespaces/ns/pods"
    assert (request.query["labelSelector"], request.query["fieldSelector"]) == ("a=b", "spec.nodeName=n")


def test_the_stop_event_ends_the_threads(kube: FakeKube, client: Client) -> None:
    stop, informer = threading.Event(), Informer(client, PODS)
    informer.start(stop)
    assert informer.wait_for_sync(10)
    stop.set()
    informer.join(5)
    assert not any(thread.is_alive() for thread in informer._threads)


def test_a_resync_shows_every_object_to_the_handlers_that_asked() -> None:
    clock, told = FakeClock(), list[str]()
    objects = [{"metadata": {"name": "a", "resourceVersion": "1"}}]
    delivery = Delivery(clock, lambda: objects)
    wanting = Handler(None, lambda old, new: told.append(f"wanting {label(new)}"), None, 10)
    other = Handler(None, lambda old, new: told.append("other"), None, 0)
    delivery.join(wanting, [])
    delivery.join(other, [])
    delivery.step(0)
    delivery.step(0)
    clock.advance(9)
    delivery.resync()
    assert told == []
    clock.advance(1)
    delivery.resync()
    delivery.resync()
    assert told == ["wanting a@1"]


def test_informers_are_shared(kube: FakeKube, client: Client, stop: threading.Event) -> None:
    informers = InformerSet(client)
    pods = informers.informer(PODS)
    assert informers.informer(PODS, indexers={NAMESPACE: by_namespace}) is pods
    assert informers.informer(PODS, namespace="ns") is not pods
    kube.put("a")
    informers.start(stop)
    assert informers.wait_for_sync(10)
    assert [label(obj) for obj in pods.store.by_index(NAMESPACE, "ns")] == ["a@1"]


def test_an_informer_asked_for_later_starts_later_and_can_be_removed(
    kube: FakeKube, client: Client, stop: threading.Event
) -> None:
    informers = InformerSet(client)
    informers.start(stop)
    nodes = informers.informer(NODES)
    assert not informers.wait_for_sync(0)
    informers.start(stop)
    assert informers.wait_for_sync(10)
    informers.remove(nodes)
    nodes.join(5)
    assert informers.informer(NODES) is not nodes


def test_stopping_a_set_stops_every_informer(kube: FakeKube, client: Client) -> None:
    stop, informers = threading.Event(), InformerSet(client)
    made = [informers.informer(PODS), informers.informer(NODES)]
    informers.start(stop)
    assert informers.wait_for_sync(10)
    stop.set()
    for informer in made:
        informer.join(5)
        assert not any(thread.is_alive() for thread in informer._threads)
