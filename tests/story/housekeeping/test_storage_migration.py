"""A custom resource changes its storage version, and its objects are stored again."""

from __future__ import annotations

from typing import Any

from tests.story.housekeeping.conftest import Story


def definition(story: Story, storage: str) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [{"name": name, "served": True, "storage": name == storage, "schema": schema} for name in ("v1", "v2")]
    group = f"{story.namespace}.example.com"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": versions,
        },
    }


def test_objects_are_stored_in_the_new_version_and_the_definition_forgets_the_old_one(story: Story) -> None:
    made = definition(story, "v1")
    name, group = made["metadata"]["name"], made["spec"]["group"]
    story.apply(made)
    story.wait(f"crd/{name}", "condition=Established")
    story.apply({"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"a": 1}})
    story.apply(definition(story, "v2"))
    story.until(lambda: story.get("crd", name)["status"]["storedVersions"] == ["v1", "v2"], "both are stored")
    before = story.get(f"widgets.{group}", "w")["metadata"]["resourceVersion"]
    story.apply(
        {
            "apiVersion": "storagemigration.k8s.io/v1",
            "kind": "StorageVersionMigration",
            "metadata": {"name": story.namespace},
            "spec": {"resource": {"group": group, "resource": "widgets"}},
        }
    )
    story.wait(f"storageversionmigrations/{story.namespace}", "condition=Succeeded")
    story.until(lambda: story.get("crd", name)["status"]["storedVersions"] == ["v2"], "one is stored")
    assert story.get(f"widgets.{group}", "w")["metadata"]["resourceVersion"] != before
    story.kubectl("delete", "crd", name)
