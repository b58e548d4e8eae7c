# ruff: noqa: E501
from __future__ import annotations

from typing import Any

import pytest

from server.admission.pod_security import Standard, label_errors, standards
from server.admission.pod_security_checks import problems
from tests.server.harness import Server, pod

LATEST = 99
SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _spec(
    context: dict[str, Any] | None = None, container: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    return {"containers": [{"name": "c", "securityContext": context or {}, **(container or {})}], **spec}


BASELINE: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing": (_spec(), LATEST, ""),
    "privileged": (
        _spec({"privileged": True}),
        LATEST,
        'privileged (container "c" must not set securityContext.privileged=true)',
    ),
    "host namespaces": (
        _spec(hostNetwork=True, hostPID=True),
        LATEST,
        "host namespaces (hostNetwork=true, hostPID=true)",
    ),
    "host path": (_spec(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), LATEST, 'hostPath volumes (volume "v")'),
    "host port": (
        _spec({}, {"ports": [{"hostPort": 80}, {"hostPort": 81}]}),
        LATEST,
        'hostPort (container "c" uses hostPorts 80, 81)',
    ),
    "capabilities": (
        _spec({"capabilities": {"add": ["NET_RAW", "CHOWN"]}}),
        LATEST,
        'non-default capabilities (container "c" must not include "NET_RAW" in securityContext.capabilities.add)',
    ),
    "AppArmor": (
        _spec({"appArmorProfile": {"type": "Unconfined"}}),
        LATEST,
        'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
    ),
    "seccomp": (
        _spec({"seccompProfile": {"type": "Unconfined"}}),
        LATEST,
        'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ),
    "procMount": (
        _spec({"procMount": "Unmasked"}),
        LATEST,
        'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ),
    "procMount of own users": (_spec({"procMount": "Unmasked"}, hostUsers=False), 35, ""),
    "SELinux": (
        _spec(securityContext={"seLinuxOptions": {"type": "x", "user": "u"}}),
        LATEST,
        'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)',
    ),
    "engine, old": (
        _spec({"seLinuxOptions": {"type": "container_engine_t"}}),
        30,
        'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    ),
    "engine, new": (_spec({"seLinuxOptions": {"type": "container_engine_t"}}), 31, ""),
    "sysctl": (
        _spec(securityContext={"sysctls": [{"name": "a.b"}, {"name": "kernel.shm_rmid_forced"}]}),
        LATEST,
        "forbidden sysctls (a.b)",
    ),
    "sysctl, old": (
        _spec(securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}),
        31,
        "forbidden sysctls (net.ipv4.tcp_rmem)",
    ),
    "sysctl, new": (_spec(securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}), 32, ""),
    "host process": (
        _spec(securityContext={"windowsOptions": {"hostProcess": True}}),
        LATEST,
        "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
    ),
    "probe": (
        _spec({}, {"livenessProbe": {"httpGet": {"host": "h"}}}),
        LATEST,
        'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
    ),
    "probe, old": (_spec({}, {"livenessProbe": {"httpGet": {"host": "h"}}}), 33, ""),
}
RESTRICTED: dict[str, tuple[dict[str, Any], int, str]] = {
    "safe": (_spec(SAFE), LATEST, ""),
    "nothing said": (
        _spec(),
        LATEST,
        'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ),
    "root": (_spec({**SAFE, "runAsUser": 0}), LATEST, 'runAsUser=0 (container "c" must not set runAsUser=0)'),
    "root, old": (_spec({**SAFE, "runAsUser": 0}), 22, ""),
    "may be root": (
        _spec({**SAFE, "runAsNonRoot": False}),
        LATEST,
        'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
    ),
    "volume": (
        _spec(SAFE, volumes=[{"name": "v", "hostPath": {}}, {"name": "s", "secret": {}}]),
        LATEST,
        'restricted volume types (volume "v" uses restricted volume type "hostPath")',
    ),
    "windows": (_spec({"runAsNonRoot": True}, os={"name": "windows"}), LATEST, ""),
    "own users": (_spec({**SAFE, "runAsUser": 0, "runAsNonRoot": False}, hostUsers=False), LATEST, ""),
}


@pytest.mark.parametrize(("spec", "minor", "text"), BASELINE.values(), ids=BASELINE)
def test_the_baseline(spec: dict[str, Any], minor: int, text: str) -> None:
    assert problems("baseline", minor, {}, spec) == text
    assert problems("privileged", minor, {}, spec) == ""


@pytest.mark.parametrize(("spec", "minor", "text"), RESTRICTED.values(), ids=RESTRICTED)
def test_the_restricted_level(spec: dict[str, Any], minor: int, text: str) -> None:
    assert problems("restricted", minor, {}, spec) == text


def _labels(**labels: str) -> dict[str, str]:
    return {f"pod-security.kubernetes.io/{name.replace('_', '-')}": value for name, value in labels.items()}


@pytest.mark.parametrize(
    ("labels", "enforced", "warned"),
    [
        ({}, "privileged:latest", "privileged:latest"),
        ({"enforce": "baseline", "enforce_version": "v1.20"}, "baseline:v1.20", "baseline:v1.20"),
        ({"enforce": "restricted", "warn": "baseline"}, "restricted:latest", "baseline:latest"),
        ({"enforce": "nonsense"}, "restricted:latest", "privileged:latest"),
        ({"warn": "restricted", "warn_version": "x"}, "privileged:latest", "restricted:latest"),
    ],
)
def test_labels_name_the_standards(labels: dict[str, str], enforced: str, warned: str) -> None:
    found: tuple[Standard, Standard] = standards(_labels(**labels))
    assert [str(standard) for standard in found] == [enforced, warned]


def test_labels_are_checked() -> None:
    assert len(label_errors(_labels(enforce="x", warn_version="1.2", audit="baseline"))) == 2


def _namespace(server: Server, **labels: str) -> Any:
    return server.post("/api/v1/namespaces", {"metadata": {"name": "n", "labels": _labels(**labels)}})


def test_a_namespace_refuses_the_pods_its_level_forbids(server: Server) -> None:
    assert _namespace(server, enforce="baseline").status == 201
    bad = pod("p")
    bad["spec"]["hostNetwork"] = True
    answer = server.post("/api/v1/namespaces/n/pods", bad)
    assert answer.status == 403
    assert (
        answer.json["message"]
        == 'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'
    )
    assert server.post("/api/v1/namespaces/n/pods", pod("p")).status == 201


def test_pods_and_templates_are_warned_of(server: Server) -> None:
    _namespace(server, warn="baseline")
    bad = pod("p")
    bad["spec"]["hostPID"] = True
    text = 'would violate PodSecurity \\"baseline:latest\\": host namespaces (hostPID=true)'
    warned = server.post("/api/v1/namespaces/n/pods", bad)
    assert (warned.status, [text in warning for warning in warned.warnings]) == (201, [True])
    template = {"metadata": {"labels": {"a": "b"}}, "spec": bad["spec"]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    made = server.post("/apis/apps/v1/namespaces/n/deployments", {"metadata": {"name": "d"}, "spec": spec})
    assert (made.status, [text in warning for warning in made.warnings]) == (201, [True])


def test_a_namespace_with_a_level_that_makes_no_sense_is_refused(server: Server) -> None:
    answer = _namespace(server, enforce="nonsense")
    assert answer.status == 422
    assert "must be one of privileged, baseline, restricted" in answer.json["message"]
