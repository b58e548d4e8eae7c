"""kubectl apply from the client and from the server, with everything that prunes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.kubectl.kubectl import Kubectl, manifest
from tests.kubectl.objects import config_map, deployment

covers = pytest.mark.covers
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def managers(obj: Any) -> set[tuple[str, str]]:
    return {(entry["manager"], entry["operation"]) for entry in obj["metadata"]["managedFields"]}


@covers("apply")
def test_applying_creates_then_changes_then_leaves_alone(kubectl: Kubectl) -> None:
    first, second = manifest(config_map("one", a="1", b="2")), manifest(config_map("one", a="3"))
    assert kubectl("apply", "-f", "-", stdin=first).out == "configmap/one created\n"
    kubectl("patch", "cm", "one", "-p", '{"data":{"mine":"yes"}}')
    assert kubectl("apply", "-f", "-", stdin=second).out == "configmap/one configured\n"
    stored = kubectl.stored("configmaps", "one")
    assert stored["data"] == {"a": "3", "mine": "yes"}
    assert kubectl("apply", "-f", "-", stdin=second).out == "configmap/one unchanged\n"
    assert kubectl.stored("configmaps", "one") == stored


@covers("apply (lists)")
def test_lists_are_merged_by_their_keys(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    side = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side"}]}}}}'
    kubectl("patch", "deploy", "web", "-p", side)
    changed = deployment("web", 0)
    changed["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}]
    kubectl("apply", "-f", "-", stdin=manifest(changed))
    containers = kubectl.stored("deployments.apps", "web")["spec"]["template"]["spec"]["containers"]
    assert {c["name"]: c.get("env") for c in containers} == {"main": [{"name": "A", "value": "1"}], "side": None}


@covers("apply --dry-run=client", "apply --dry-run=server")
def test_dry_runs_of_apply(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1"))
    document = manifest(config_map("one", a="2"))
    assert (
        kubectl("apply", "-f", "-", "--dry-run=server", stdin=document).out
        == "configmap/one configured (server dry run)\n"
    )
    assert kubectl("apply", "-f", "-", "--dry-run=client", stdin=document).out == "configmap/one configured (dry run)\n"
    assert kubectl.stored("configmaps", "one")["data"] == {"a": "1"}


@covers("apply --server-side", "apply --server-side --force-conflicts")
def test_conflicts_name_the_manager_and_the_field(kubectl: Kubectl) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    assert kubectl(*apply, stdin=manifest(config_map("one", a="1"))).out == "configmap/one serverside-applied\n"
    other = manifest(config_map("one", a="2"))
    refused = kubectl(*apply, "--field-manager=other", stdin=other, code=1).err
    assert 'conflict with "kubectl": .data.a' in refused
    kubectl(*apply, "--field-manager=other", "--force-conflicts", stdin=other)
    stored = kubectl.stored("configmaps", "one")
    assert stored["data"] == {"a": "2"}
    assert ("other", "Apply") in managers(stored)


@covers("apply --server-side (removes)")
def test_fields_one_no_longer_applies_go(kubectl: Kubectl) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    kubectl(*apply, stdin=manifest(config_map("one", a="1", b="2")))
    kubectl(*apply, "--field-manager=other", stdin=manifest(config_map("one", b="2")))
    kubectl(*apply, stdin=manifest(config_map("one")))
    assert kubectl.stored("configmaps", "one")["data"] == {"b": "2"}


@covers("apply --server-side (migrates)")
def test_what_was_applied_by_the_client_becomes_the_servers(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1", b="2"))
    kubectl("apply", "--server-side", "-f", "-", stdin=manifest(config_map("one", a="1")))
    stored = kubectl.stored("configmaps", "one")
    assert stored["data"] == {"a": "1"}
    assert ("kubectl-client-side-apply", "Update") not in managers(stored)


@covers("apply --prune")
def test_pruning_by_label(kubectl: Kubectl) -> None:
    labels = {"app": "shop"}
    kubectl.apply(config_map("keep", labels), config_map("drop", labels), config_map("other"))
    done = kubectl(
        *("apply", "--prune", "-l", "app=shop", "--prune-allowlist=core/v1/ConfigMap", "-f", "-"),
        stdin=manifest(config_map("keep", labels)),
    )
    assert "configmap/drop pruned" in done.out
    assert kubectl.find("configmaps", "drop") is None
    assert kubectl.find("configmaps", "other")


@covers("apply --applyset", since=27)
def test_pruning_by_apply_set(kubectl: Kubectl) -> None:
    both = manifest(config_map("keep"), config_map("drop"))
    apply = ("apply", "--prune", "--applyset=configmap/set", "-f", "-")
    on = {"KUBECTL_APPLYSET": "true"}
    kubectl("create", "configmap", "set")
    refused = kubectl(*apply, stdin=both, env=on, code=1)
    assert "ApplySet" in refused.err
    apply = ("apply", "--prune", "--applyset=set", "-f", "-")
    kubectl(*apply, stdin=both, env=on)
    parent = kubectl.stored("secrets", "set")["metadata"]["labels"]["applyset.kubernetes.io/id"]
    assert kubectl.stored("configmaps", "keep")["metadata"]["labels"]["applyset.kubernetes.io/part-of"] == parent
    assert "configmap/drop pruned" in kubectl(*apply, stdin=manifest(config_map("keep")), env=on).out
    assert kubectl.find("configmaps", "drop") is None


@covers("apply view-last-applied", "apply set-last-applied", "apply edit-last-applied")
def test_the_last_applied_configuration(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1"))
    shown = kubectl("apply", "view-last-applied", "cm/one", "-o", "yaml").yaml
    assert shown["data"] == {"a": "1"}
    changed = kubectl.home / "changed.yaml"
    changed.write_text(manifest(config_map("one", a="2")))
    kubectl("apply", "set-last-applied", "-f", str(changed))
    stored = kubectl.stored("configmaps", "one")
    assert yaml.safe_load(stored["metadata"]["annotations"][LAST_APPLIED])["data"] == {"a": "2"}
    assert stored["data"] == {"a": "1"}
    script = kubectl.home / "two-to-three"
    script.write_text('#!/bin/sh\nsed -i \'s/a: "2"/a: "3"/\' "$1"\n')
    script.chmod(0o755)
    kubectl("apply", "edit-last-applied", "cm/one", env={"EDITOR": str(script)})
    annotations = kubectl.stored("configmaps", "one")["metadata"]["annotations"]
    assert yaml.safe_load(annotations[LAST_APPLIED])["data"] == {"a": "3"}


@covers("diff", "diff --server-side")
def test_differences_and_exit_codes(kubectl: Kubectl) -> None:
    same, other = manifest(config_map("one", a="1")), manifest(config_map("one", a="2"))
    kubectl("apply", "-f", "-", stdin=same)
    assert kubectl("diff", "-f", "-", stdin=same).out == ""
    shown = kubectl("diff", "-f", "-", stdin=other, code=1).out
    assert '-  a: "1"' in shown and '+  a: "2"' in shown
    shown = kubectl("diff", "--server-side", "--force-conflicts", "-f", "-", stdin=other, code=1).out
    assert '+  a: "2"' in shown
    assert '+  a: "1"' in kubectl("diff", "-f", "-", stdin=manifest(config_map("new", a="1")), code=1).out
    assert kubectl.stored("configmaps", "one")["data"] == {"a": "1"}
    assert kubectl.find("configmaps", "new") is None
