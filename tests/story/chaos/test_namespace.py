"""A namespace full of many kinds goes while the controllers are killed: nothing is left and nothing comes back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import find_condition
from client.api import Client
from client.resources import CONFIGMAPS, CUSTOMRESOURCEDEFINITIONS, NAMESPACES, PODS
from kubejazz.datadir import DataDir
from kubejazz.testing import Kubejazz
from storage.backends import look
from tests.controllers.live import find
from tests.story.chaos.content import HELD, HOLD, content
from tests.story.chaos.managers import Managers
from tests.story.chaos.past import past
from tests.story.waiting import eventually

PATIENCE = 180.0
WIDGETS = GroupVersionResource("chaos.example.com", "v1", "widgets")
MANY = 10


def definition() -> dict[str, Any]:
    versions = [
        {"name": WIDGETS.version, "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    ]
    names = {"plural": WIDGETS.resource, "kind": "Widget"}
    spec = {"group": WIDGETS.group, "scope": "Namespaced", "names": names, "versions": versions}
    metadata = {"name": f"{WIDGETS.resource}.{WIDGETS.group}"}
    api_version = CUSTOMRESOURCEDEFINITIONS.api_version
    return {"apiVersion": api_version, "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}


@pytest.fixture(scope="module")
def defined(client: Client) -> None:
    """Custom resources are served, too."""
    made = client.create(CUSTOMRESOURCEDEFINITIONS, "", definition())

    def is_established() -> bool:
        found = client.get(CUSTOMRESOURCEDEFINITIONS, "", made["metadata"]["name"])
        return (find_condition(found, "Established") or {}).get("status") == "True"

    eventually(is_established, bool)


def test_a_namespace_that_goes_while_the_controllers_are_killed(
    uncontrolled: Kubejazz, client: Client, hunted: Managers, space: str, defined: None
) -> None:
    for gvr, obj in content():
        client.create(gvr, space, obj)
    for number in range(MANY):
        widget = {"apiVersion": WIDGETS.api_version, "kind": "Widget", "metadata": {"name": f"w-{number}"}}
        client.create(WIDGETS, space, widget)
    eventually(lambda: _pods(client, space), lambda count: count >= 20, timeout=PATIENCE)
    client.delete(NAMESPACES, "", space)

    hunted.kill_while(lambda: True)
    eventually(lambda: _message(client, space), lambda text: HOLD in text, timeout=PATIENCE)
    assert find(client, CONFIGMAPS, space, HELD) is not None
    client.patch(CONFIGMAPS, space, HELD, {"metadata": {"finalizers": None}})
    eventually(lambda: find(client, NAMESPACES, "", space), lambda found: found is None, timeout=PATIENCE)

    story = hunted.story
    assert hunted.kills, story
    with look(f"sqlite:///{DataDir(uncontrolled.data_dir).database}") as reading, reading.snapshot():
        assert [row for row in reading.current_rows() if row[1] == space] == [], story
    _check_past(uncontrolled, space, story)


def _pods(client: Client, space: str) -> int:
    return sum((pod.get("status") or {}).get("phase") == "Running" for pod in client.list(PODS, space)["items"])


def _message(client: Client, space: str) -> str:
    found = client.get(NAMESPACES, "", space)
    return str((find_condition(found, "NamespaceFinalizersRemaining") or {}).get("message") or "")


def _check_past(server: Kubejazz, space: str, story: str) -> None:
    """From its deletion on nothing new came, everything went once, and the namespace went last."""
    own = [version for version in past(server.data_dir, "namespaces") if version.name == space]
    going = next(v.revision for v in own if "deletionTimestamp" in v.obj["metadata"])
    assert own[-1].gone, story
    made: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    for version in past(server.data_dir, namespace=space):
        where = (version.resource, version.name, version.revision, story)
        assert version.revision < own[-1].revision, where
        if version.uid not in made:
            made[version.uid] = 1
            assert version.revision < going or version.resource == "events", where
        gone[version.uid] += version.gone
    assert set(gone.values()) == {1}, story
    assert made.keys() == gone.keys(), story
