"""kubectl edit, patch and replace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kubectl.kubectl import Kubectl, eventually, manifest
from tests.kubectl.objects import config_map, deployment, job, pod, replica_set, service

covers = pytest.mark.covers


def editor(kubectl: Kubectl, *commands: str) -> dict[str, str]:
    """An editor that runs sed: the first command the first time it is opened, and so on."""
    script, count = kubectl.home / f"editor-{kubectl.namespace}", kubectl.home / f"opened-{kubectl.namespace}"
    cases = "\n".join(f"{number}) sed -i '{command}' \"$1\" ;;" for number, command in enumerate(commands, 1))
    counting = f"n=$(($(cat {count} 2>/dev/null || echo 0) + 1))\necho $n > {count}"
    body = f'{counting}\ncp "$1" {count}-$n\ncase $n in\n{cases}\nesac\n'
    script.write_text(f"#!/bin/sh\n{body}")
    script.chmod(0o755)
    return {"KUBE_EDITOR": str(script)}


def opened(kubectl: Kubectl) -> int:
    return int(Path(kubectl.home / f"opened-{kubectl.namespace}").read_text())


@covers("edit")
def test_editing_changes_what_is_stored(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="before"))
    done = kubectl("edit", "cm", "one", env=editor(kubectl, "s/a: before/a: after/"))
    assert done.out == "configmap/one edited\n"
    assert kubectl.stored("configmaps", "one")["data"] == {"a": "after"}
    unchanged = kubectl("edit", "cm", "one", env={"KUBE_EDITOR": "true"})
    assert "Edit cancelled, no changes made." in unchanged.err + unchanged.out


@covers("edit (invalid)")
def test_an_invalid_edit_is_opened_again_with_the_reason(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    env = editor(kubectl, "s/replicas: 0/replicas: -1/", "s/replicas: -1/replicas: 2/")
    done = kubectl("edit", "deploy", "web", env=env)
    assert opened(kubectl) == 2
    assert 'deployments.apps "web" is invalid' in done.err
    reason = Path(kubectl.home / f"opened-{kubectl.namespace}-2").read_text()
    assert "# * spec.replicas: Invalid value: -1: must be greater than or equal to 0" in reason
    assert kubectl.stored("deployments.apps", "web")["spec"]["replicas"] == 2


@covers("edit --subresource=status")
def test_editing_the_status(kubectl: Kubectl) -> None:
    kubectl.apply(service("web"))
    condition = '{type: Mine, status: "True", reason: R, message: m, lastTransitionTime: "2026-01-01T00:00:00Z"}'
    env = editor(kubectl, f"s/loadBalancer: {{}}/conditions: [{condition}]/;s/port: 80/port: 81/")
    done = kubectl("edit", "svc", "web", "--subresource=status", env=env)
    assert done.out == "service/web edited\n"
    stored = kubectl.stored("services", "web")
    assert [made["type"] for made in stored["status"]["conditions"]] == ["Mine"]
    assert stored["spec"]["ports"][0]["port"] == 80


@covers("patch --type=strategic", "patch --type=merge", "patch --type=json")
def test_three_kinds_of_patches(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))

    def images() -> dict[str, str]:
        template = kubectl.stored("deployments.apps", "web")["spec"]["template"]
        return {container["name"]: container["image"] for container in template["spec"]["containers"]}

    side = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side"}]}}}}'
    assert kubectl("patch", "deploy", "web", "-p", side).out == "deployment.apps/web patched\n"
    assert set(images()) == {"main", "side"}
    # A controller's word between its two reads is a change for kubectl, too.
    eventually(
        lambda: kubectl("patch", "deploy", "web", "-p", side).out,
        lambda out: out == "deployment.apps/web patched (no change)\n",
    )
    kubectl("patch", "deploy", "web", "--type=merge", "-p", side)
    assert images() == {"side": "side"}
    operations = '[{"op":"test","path":"/spec/replicas","value":0},{"op":"replace","path":"/spec/replicas","value":1}]'
    kubectl("patch", "deploy", "web", "--type=json", "-p", operations)
    assert kubectl.stored("deployments.apps", "web")["spec"]["replicas"] == 1
    refused = kubectl("patch", "deploy", "web", "--type=json", "-p", operations, code=1).err
    assert "the server rejected our request due to an error in our request" in refused


@covers("patch (refused)", "patch --dry-run=server", "patch --patch-file")
def test_patches_that_are_refused_change_nothing(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1"))
    for patch in ('{"metadata":{"name":"two"}}', '{"data":{"a":1}}', '{"data":{"bad key":"x"}}'):
        assert kubectl("patch", "cm", "one", "-p", patch, code=1).err
    kubectl("patch", "cm", "one", "-p", '{"data":{"a":"2"}}', "--dry-run=server")
    assert kubectl.stored("configmaps", "one")["data"] == {"a": "1"}
    (kubectl.home / "patch.yaml").write_text("data:\n  a: '3'\n")
    kubectl("patch", "cm", "one", f"--patch-file={kubectl.home / 'patch.yaml'}")
    assert kubectl.stored("configmaps", "one")["data"] == {"a": "3"}


@covers("patch --subresource")
def test_patching_status_and_scale(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0), job("j", suspend=True))
    kubectl("patch", "deploy", "web", "--subresource=scale", "--type=merge", "-p", '{"spec":{"replicas":2}}')
    assert kubectl.stored("deployments.apps", "web")["spec"]["replicas"] == 2
    status = '{"status":{"conditions":[{"type":"Mine","status":"True"}]},"spec":{"parallelism":9}}'
    kubectl("patch", "job", "j", "--subresource=status", "--type=merge", "-p", status)
    stored = kubectl.stored("jobs.batch", "j")
    assert stored["spec"]["parallelism"] == 1
    assert "Mine" in [condition["type"] for condition in stored["status"]["conditions"]]


@covers("replace", "replace --save-config")
def test_replacing(kubectl: Kubectl) -> None:
    missing = kubectl("replace", "-f", "-", stdin=manifest(config_map("one", a="1")), code=1)
    assert 'configmaps "one" not found' in missing.err
    kubectl("create", "-f", "-", stdin=manifest(config_map("one", a="1", b="2")))
    done = kubectl("replace", "--save-config", "-f", "-", stdin=manifest(config_map("one", c="3")))
    assert done.out == "configmap/one replaced\n"
    stored = kubectl.stored("configmaps", "one")
    assert stored["data"] == {"c": "3"}
    assert "kubectl.kubernetes.io/last-applied-configuration" in stored["metadata"]["annotations"]
    stale = {**config_map("one", d="4")}
    stale["metadata"] = {"name": "one", "resourceVersion": "1"}
    conflict = kubectl("replace", "-f", "-", stdin=manifest(stale), code=1).err
    assert "the object has been modified; please apply your changes to the latest version and try again" in conflict


@covers("replace --force", "replace --force --grace-period=0")
def test_replacing_what_cannot_be_changed(kubectl: Kubectl) -> None:
    kubectl.apply(pod("one"))
    before = kubectl.stored("pods", "one")["metadata"]["uid"]
    changed = pod("one", hostname="other")
    refused = kubectl("replace", "-f", "-", stdin=manifest(changed), code=1).err
    assert "pod updates may not change fields other than" in refused
    done = kubectl("replace", "--force", "--grace-period=0", "-f", "-", stdin=manifest(changed))
    assert "pod/one replaced" in done.out
    assert kubectl.stored("pods", "one")["metadata"]["uid"] != before


@covers("replace --force --cascade=orphan")
def test_what_a_replaced_owner_owned_may_stay(kubectl: Kubectl) -> None:
    kubectl.apply(replica_set("web", 1))
    (kept,) = eventually(lambda: kubectl("get", "pods", "-o", "name").out.split(), lambda names: len(names) == 1)
    before = kubectl.stored("replicasets.apps", "web")["metadata"]["uid"]
    kubectl("replace", "--force", "--cascade=orphan", "-f", "-", stdin=manifest(replica_set("web", 1)))
    after = kubectl.stored("replicasets.apps", "web")["metadata"]["uid"]
    assert after != before
    adopted = eventually(lambda: kubectl.stored("pods", kept.removeprefix("pod/"))["metadata"].get("ownerReferences"))
    assert [owner["uid"] for owner in adopted] == [after]
