# ruff: noqa: E501
from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from apimachinery.status import Forbidden
from server.admission.chain import Attributes
from server.admission.pod_security_existing import is_stricter
from server.admission.pod_security_levels import Standard, label_errors, standards
from server.admission.pod_standards.policy import detailed, problems
from tests.server.harness import ADMIN, Server, pod

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
    assert detailed(problems("baseline", minor, {}, spec)) == text
    assert problems("privileged", minor, {}, spec) == []


@pytest.mark.parametrize(("spec", "minor", "text"), RESTRICTED.values(), ids=RESTRICTED)
def test_the_restricted_level(spec: dict[str, Any], minor: int, text: str) -> None:
    assert detailed(problems("restricted", minor, {}, spec)) == text


def _labels(**labels: str) -> dict[str, str]:
    return {f"pod-security.kubernetes.io/{name.replace('_', '-')}": value for name, value in labels.items()}


@pytest.mark.parametrize(
    ("labels", "enforced", "audited", "warned"),
    [
        ({}, "privileged:latest", "privileged:latest", "privileged:latest"),
        (
            {"enforce": "baseline", "enforce_version": "v1.20"},
            "baseline:v1.20",
            "privileged:latest",
            "baseline:v1.20",
        ),
        ({"enforce": "restricted", "warn": "baseline"}, "restricted:latest", "privileged:latest", "baseline:latest"),
        ({"enforce": "nonsense", "audit": "x"}, "restricted:latest", "privileged:latest", "privileged:latest"),
        (
            {"warn": "restricted", "warn_version": "x", "audit": "baseline", "audit_version": "v1.30"},
            "privileged:latest",
            "baseline:v1.30",
            "restricted:latest",
        ),
    ],
)
def test_labels_name_the_standards(labels: dict[str, str], enforced: str, audited: str, warned: str) -> None:
    assert [str(standard) for standard in standards(_labels(**labels))] == [enforced, audited, warned]


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


def _notes(server: Server, **labels: str) -> dict[str, str]:
    """What the audit event of a pod on its node's network says."""
    _namespace(server, **labels)
    bad = pod("p")
    bad["spec"]["hostNetwork"] = True
    attributes = Attributes(
        operation="CREATE",
        resource=GroupVersionResource("", "v1", "pods"),
        kind=GroupVersionKind("", "v1", "Pod"),
        subresource="",
        namespace="n",
        name="p",
        obj=bad,
        old=None,
        user=ADMIN,
        dry_run=False,
        warnings=[],
    )
    plugin = next(each for each in server.server.api.admission.plugins if each.name == "PodSecurity")
    with suppress(Forbidden):
        server.run(plugin.validate(attributes))
    return attributes.audit_annotations


@pytest.mark.parametrize(
    ("labels", "notes"),
    [
        ({}, {"enforce-policy": "privileged:latest"}),
        (
            {"audit": "baseline"},
            {
                "enforce-policy": "privileged:latest",
                "audit-violations": 'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
            },
        ),
        (
            {"enforce": "baseline", "audit": "baseline", "audit_version": "v1.30"},
            {
                "enforce-policy": "baseline:latest",
                "audit-violations": 'would violate PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)',
            },
        ),
    ],
)
def test_the_audit_log_is_told(server: Server, labels: dict[str, str], notes: dict[str, str]) -> None:
    assert _notes(server, **labels) == {f"pod-security.kubernetes.io/{key}": text for key, text in notes.items()}


def test_who_makes_a_namespace_stricter_is_told_of_its_pods(server: Server) -> None:
    _namespace(server)
    for name in ("b", "a", "c"):
        bad = pod(name)
        bad["spec"]["hostNetwork"] = True
        assert server.post("/api/v1/namespaces/n/pods", bad).status == 201
    worse = pod("d")
    worse["spec"]["hostPID"] = True
    worse["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    assert server.post("/api/v1/namespaces/n/pods", worse).status == 201
    answer = server.patch("/api/v1/namespaces/n", {"metadata": {"labels": _labels(enforce="baseline")}})
    assert answer.status == 200
    told = [warning.split('"', 1)[1].removesuffix('"').replace("\\", "") for warning in answer.warnings]
    assert told == [
        'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"',
        "a (and 2 other pods): host namespaces",
        "d: host namespaces, privileged",
    ]
    label = {"metadata": {"labels": {"x": "y"}}}
    assert server.patch("/api/v1/namespaces/n", label).warnings == []


@pytest.mark.parametrize(
    ("old", "new", "stricter"),
    [
        (("privileged", "latest"), ("baseline", "latest"), True),
        (("restricted", "latest"), ("baseline", "latest"), False),
        (("baseline", "latest"), ("baseline", "latest"), False),
        (("restricted", "v1.20"), ("baseline", "latest"), True),
        (("restricted", "v1.20"), ("privileged", "latest"), False),
    ],
)
def test_what_is_stricter(old: tuple[str, str], new: tuple[str, str], stricter: bool) -> None:
    assert is_stricter(Standard(*new), Standard(*old)) is stricter
