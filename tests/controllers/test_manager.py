from __future__ import annotations

import threading

import pytest

from client.api import Client
from controllers.manager import CONTROLLERS, run


def no_client(name: str) -> Client:
    raise AssertionError("no client is needed to find out that a name is wrong")


def test_an_unknown_controller_is_refused() -> None:
    with pytest.raises(ValueError, match="no such controller: conductor"):
        run(no_client, threading.Event(), names=["conductor", "replicaset-controller"])


def test_every_controller_has_a_name_of_its_own() -> None:
    names = [entry.name for entry in CONTROLLERS]
    assert len(set(names)) == len(names)
