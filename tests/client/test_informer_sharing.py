from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from client.api import Client
from client.informer import Informer, InformerSet
from client.resources import PODS
from tests.client.fakekube import FakeKube

Object = dict[str, Any]


@contextmanager
def started(informer: Informer) -> Iterator[Informer]:
    informer.start()
    try:
        assert informer.wait_for_sync(5)
        yield informer
    finally:
        informer.stop()
        informer.join(5)


@pytest.fixture
def kube() -> Iterator[FakeKube]:
    with FakeKube() as kube:
        yield kube


@pytest.fixture
def client(kube: FakeKube) -> Iterator[Client]:
    client = Client.for_url(kube.url, user_agent="test/1")
    yield client
    client.close()


def test_a_transform_is_given_every_object_before_it_is_stored_and_told(kube: FakeKube, client: Client) -> None:
    def trim(obj: Object) -> Object:
        del obj["metadata"]["managedFields"]
        return obj

    kube.put("a", metadata={"managedFields": [1]})
    told: list[Object] = []
    gone = threading.Event()
    with started(Informer(client, PODS, transform=trim)) as informer:
        informer.add_handler(told.append, lambda old, new: told.append(new), lambda obj: (told.append(obj), gone.set()))
        kube.put("a", metadata={"managedFields": [2]})
        kube.delete("a")
        assert gone.wait(5)
    assert told
    assert not any("managedFields" in obj["metadata"] for obj in told)


def test_a_handler_knows_when_it_has_been_told_the_first_state(kube: FakeKube, client: Client) -> None:
    kube.put("a")
    go, seen = threading.Event(), threading.Event()

    def slow(obj: Object) -> None:
        seen.set()
        go.wait(5)

    with started(Informer(client, PODS)) as informer:
        told = informer.add_handler(slow)
        assert seen.wait(5)
        assert not told()
        go.set()
        deadline = time.monotonic() + 5
        while not told() and time.monotonic() < deadline:
            time.sleep(0.001)
        assert told()


def test_an_informer_of_whole_objects_serves_whoever_needs_metadata_only(client: Client) -> None:
    informers = InformerSet(client)
    whole = informers.informer(PODS)
    assert informers.informer(PODS, metadata_only=True) is whole


def test_an_informer_of_metadata_does_not_serve_whoever_needs_whole_objects(client: Client) -> None:
    informers = InformerSet(client)
    metadata = informers.informer(PODS, metadata_only=True)
    assert metadata.metadata_only
    assert informers.informer(PODS) is not metadata
