"""kubectl label and annotate: labels and annotations added, overwritten, removed, listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from tests.kubectl.kubectl import Done, Kubectl, manifest
from tests.kubectl.objects import config_map

covers = pytest.mark.covers


class Marks(NamedTuple):
    """In what label and annotate differ."""

    command: str
    field: str
    word: str
    refusal: str

    def say(self, kubectl: Kubectl) -> str:
        return self.word if self.command == "label" or kubectl.at_least(28) else "annotate"

    def of(self, kubectl: Kubectl, name: str) -> Mapping[str, str]:
        found: Mapping[str, str] = kubectl.stored("configmaps", name)["metadata"].get(self.field, {})
        return {key: value for key, value in found.items() if not key.startswith("kubectl.")}


LABEL = Marks("label", "labels", "labeled", "error: 'a' already has a value (1), and --overwrite is false\n")
ANNOTATE = Marks(
    "annotate",
    "annotations",
    "annotated",
    "error: --overwrite is false but found the following declared annotation(s): 'a' already has a value (1)\n",
)


def add_overwrite_and_remove(kubectl: Kubectl, marks: Marks) -> None:
    kubectl.apply(config_map("one"))
    assert kubectl(marks.command, "cm", "one", "a=1", "b=2").out == f"configmap/one {marks.say(kubectl)}\n"
    assert marks.of(kubectl, "one") == {"a": "1", "b": "2"}
    assert kubectl(marks.command, "cm", "one", "a=9", code=1).err == marks.refusal
    assert marks.of(kubectl, "one") == {"a": "1", "b": "2"}
    kubectl(marks.command, "cm", "one", "a=9", "--overwrite")
    assert marks.of(kubectl, "one") == {"a": "9", "b": "2"}
    assert {"a=9", "b=2"} <= set(kubectl(marks.command, "cm", "one", "--list").lines)
    kubectl(marks.command, "cm", "one", "a-")
    assert marks.of(kubectl, "one") == {"b": "2"}


@covers("label", "label --overwrite", "label --list", "label KEY-")
def test_labels_are_added_overwritten_and_removed(kubectl: Kubectl) -> None:
    add_overwrite_and_remove(kubectl, LABEL)


@covers("annotate", "annotate --overwrite", "annotate --list", "annotate KEY-")
def test_annotations_are_added_overwritten_and_removed(kubectl: Kubectl) -> None:
    add_overwrite_and_remove(kubectl, ANNOTATE)


def only_at_the_version_named(kubectl: Kubectl, marks: Marks) -> Done:
    kubectl.apply(config_map("one"))
    revision = kubectl.stored("configmaps", "one")["metadata"]["resourceVersion"]
    refused = kubectl(marks.command, "cm", "one", "a=1", "--resource-version=1", code=1)
    assert marks.of(kubectl, "one") == {}
    kubectl(marks.command, "cm", "one", "a=1", f"--resource-version={revision}")
    assert marks.of(kubectl, "one") == {"a": "1"}
    return refused


@covers("label --resource-version", "annotate --resource-version")
@pytest.mark.parametrize("marks", [LABEL, ANNOTATE], ids=["label", "annotate"])
def test_another_resource_version_is_a_conflict(kubectl: Kubectl, marks: Marks) -> None:
    assert only_at_the_version_named(kubectl, marks).err == (
        'Error from server (Conflict): Operation cannot be fulfilled on configmaps "one": the object has been '
        "modified; please apply your changes to the latest version and try again\n"
    )


@covers("label -l", "label --all", "annotate -l", "annotate --all", "label --dry-run")
@pytest.mark.parametrize("marks", [LABEL, ANNOTATE], ids=["label", "annotate"])
def test_several_are_marked_at_once(kubectl: Kubectl, marks: Marks) -> None:
    kubectl.apply(config_map("one", labels={"tier": "x"}), config_map("two"))
    kubectl(marks.command, "cm", "-l", "tier=x", "a=1")
    assert marks.of(kubectl, "one")["a"] == "1" and "a" not in marks.of(kubectl, "two")
    kubectl(marks.command, "cm", "--all", "b=2")
    assert marks.of(kubectl, "one")["b"] == marks.of(kubectl, "two")["b"] == "2"
    kubectl(marks.command, "cm", "--all", "c=3", "--dry-run=server")
    assert "c" not in marks.of(kubectl, "one")


@covers("label --local", "annotate --local")
@pytest.mark.parametrize("marks", [LABEL, ANNOTATE], ids=["label", "annotate"])
def test_local_touches_nothing_stored(kubectl: Kubectl, marks: Marks) -> None:
    text = manifest(config_map("one"))
    printed = kubectl(marks.command, "-f", "-", "--local", "a=1", "-o", "yaml", stdin=text).yaml
    assert printed["metadata"][marks.field] == {"a": "1"}
    assert kubectl.find("configmaps", "one") is None
