"""kubectl debug, and what looks into containers: here, where no container runs, how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.objects import PAUSE, pod

covers = pytest.mark.covers

IMAGE = f"--image={PAUSE}"


@covers("debug POD", "debug --profile")
def test_debug_adds_an_ephemeral_container(kubectl: Kubectl) -> None:
    kubectl.apply(pod("one", nodeName="nowhere"))
    kubectl("debug", "one", IMAGE, "--container=look", "--target=main", "--attach=false", "--", "sleep", "9")
    (added,) = kubectl.stored("pods", "one")["spec"]["ephemeralContainers"]
    assert (added["name"], added["image"], added["command"]) == ("look", PAUSE, ["sleep", "9"])
    assert added["targetContainerName"] == "main"
    kubectl("debug", "one", IMAGE, "--container=deep", "--profile=general", "--attach=false")
    _, deep = kubectl.stored("pods", "one")["spec"]["ephemeralContainers"]
    assert deep["securityContext"] == {"capabilities": {"add": ["SYS_PTRACE"]}}


@covers("debug --copy-to", "debug --set-image", "debug --share-processes")
def test_debug_copies_a_pod(kubectl: Kubectl) -> None:
    kubectl.apply(pod("one", nodeName="nowhere"))
    flags = ["--copy-to=two", "--set-image=*=busybox", "--share-processes=true", "--attach=false"]
    kubectl("debug", "one", IMAGE, "--container=look", *flags)
    copy = kubectl.stored("pods", "two")
    assert [(c["name"], c["image"]) for c in copy["spec"]["containers"]] == [("main", "busybox"), ("look", PAUSE)]
    assert copy["spec"]["shareProcessNamespace"] is True
    assert copy["metadata"]["uid"] != kubectl.stored("pods", "one")["metadata"]["uid"]


@covers("debug node/NAME")
def test_debug_puts_a_pod_on_a_node(kubectl: Kubectl) -> None:
    kubectl("debug", "node/node-1", IMAGE, "--attach=false")
    (name,) = (line.removeprefix("pod/") for line in kubectl("get", "pod", "-o", "name").lines)
    assert name.startswith("node-debugger-node-1-")
    spec = kubectl.stored("pods", name)["spec"]
    assert (spec["nodeName"], spec["hostNetwork"], spec["hostPID"]) == ("node-1", True, True)
    assert any(volume.get("hostPath", {}).get("path") == "/" for volume in spec["volumes"])


@covers("logs, no kubelet", "exec, no kubelet", "attach, no kubelet", "port-forward, no kubelet", "cp, no kubelet")
def test_containers_cannot_be_reached_on_a_hollow_node(kubectl: Kubectl, tmp_path: Path) -> None:
    kubectl.apply(pod("one", nodeName="node-1"))
    eventually(lambda: kubectl.stored("pods", "one")["status"]["phase"], "Running".__eq__)
    (tmp_path / "file").write_text("x")
    unreachable = 'the kubelet of node "node-1" cannot be reached\n'
    for arguments in (
        ["logs", "one"],
        ["exec", "one", "--", "true"],
        ["attach", "one"],
        ["port-forward", "one", "0:80"],
        ["cp", str(tmp_path / "file"), "one:/file"],
    ):
        assert kubectl(*arguments, code=1).err.endswith(unreachable), arguments


@covers("logs, no such pod", "exec, no such pod")
def test_pods_that_are_not_there_are_named(kubectl: Kubectl) -> None:
    missing = 'rror from server (NotFound): pods "one" not found'
    assert missing in kubectl("logs", "one", code=1).err
    assert missing in kubectl("exec", "one", "--", "true", code=1).err
