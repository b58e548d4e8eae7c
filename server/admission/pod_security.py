"""PodSecurity: a namespace's labels say which Pod Security Standard its pods are held to, and which they are warned by.

Source: k8s.io/pod-security-admission/admission and /api. Nobody is exempt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from apimachinery.fielderrors import FieldError, invalid
from apimachinery.gvk import GroupKind, GroupResource
from apimachinery.objects import Object
from apimachinery.status import Invalid
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.pod_security_checks import problems
from server.admission.refusal import forbidden
from storage.cache import ResourceCache

_PODS = GroupResource("", "pods")
_NAMESPACES = GroupResource("", "namespaces")
_CONTROLLERS = frozenset(
    {
        GroupResource("", "replicationcontrollers"),
        GroupResource("", "podtemplates"),
        *(GroupResource("apps", name) for name in ("replicasets", "deployments", "statefulsets", "daemonsets")),
        GroupResource("batch", "jobs"),
        GroupResource("batch", "cronjobs"),
    }
)
_LABEL = "pod-security.kubernetes.io/"
_LEVELS = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"v1\.([0-9]{1,9})")
_LATEST = 10**9


class Standard(NamedTuple):
    level: str
    version: str

    def problems(self, metadata: Object, spec: Object) -> str:
        match = _VERSION.fullmatch(self.version)
        return problems(self.level, int(match[1]) if match else _LATEST, metadata, spec)

    def __str__(self) -> str:
        return f"{self.level}:{self.version}"


class PodSecurity:
    name = "PodSecurity"

    def __init__(self, namespaces: ResourceCache) -> None:
        self._namespaces = namespaces

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        obj, resource = attributes.obj, attributes.group_resource
        if obj is None or attributes.operation not in ("CREATE", "UPDATE"):
            return
        if resource == _PODS and attributes.subresource in ("", "ephemeralcontainers"):
            if attributes.old is None or _secured(obj) != _secured(attributes.old):
                self._judge(attributes, obj, enforce=True)
        elif resource in _CONTROLLERS and not attributes.subresource:
            template = _template(obj)
            if template is not None:
                self._judge(attributes, template, enforce=False)
        elif resource == _NAMESPACES and not attributes.subresource:
            _check_labels(attributes, obj)

    def _judge(self, attributes: Attributes, pod: Object, *, enforce: bool) -> None:
        """Refuse a pod; of a template only warn."""
        namespace = found(self._namespaces, "", attributes.namespace)
        labels = ((namespace or {}).get("metadata") or {}).get("labels")
        if not labels:
            return
        enforced, warned = standards(labels)
        metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
        refused = enforced.problems(metadata, spec) if enforce else ""
        if refused:
            raise forbidden(attributes, f'violates PodSecurity "{enforced}": {refused}')
        doubted = warned.problems(metadata, spec)
        if doubted:
            attributes.warnings.append(f'would violate PodSecurity "{warned}": {doubted}')


def standards(labels: Mapping[str, str]) -> tuple[Standard, Standard]:
    """What is enforced and what is warned of. A level that makes no sense enforces the strictest, and warns of none."""
    enforced = labels.get(f"{_LABEL}enforce", "privileged")
    version = labels.get(f"{_LABEL}enforce-version", "latest")
    known = enforced in _LEVELS
    strict = Standard(enforced if known else "restricted", version if _is_version(version) else "latest")
    level = labels.get(f"{_LABEL}warn")
    warned_version = labels.get(f"{_LABEL}warn-version")
    if level is None and known:
        level, warned_version = enforced, strict.version if warned_version is None else warned_version
    warned_version = warned_version if _is_version(warned_version or "") else "latest"
    return strict, Standard(level if level in _LEVELS else "privileged", warned_version or "latest")


def label_errors(labels: Mapping[str, str]) -> list[FieldError]:
    errors = []
    for mode in ("enforce", "audit", "warn"):
        level, version = labels.get(_LABEL + mode), labels.get(f"{_LABEL}{mode}-version")
        if level is not None and level not in _LEVELS:
            path = f"metadata.labels[{_LABEL}{mode}]"
            errors.append(invalid(path, level, f"must be one of {', '.join(_LEVELS)}"))
        if version is not None and not _is_version(version):
            errors.append(invalid(f"metadata.labels[{_LABEL}{mode}-version]", version, 'must be "latest" or "v1.x"'))
    return errors


def _is_version(text: str) -> bool:
    return text == "latest" or _VERSION.fullmatch(text) is not None


def _check_labels(attributes: Attributes, namespace: Object) -> None:
    """What was wrong before may stay so."""
    errors = label_errors(namespace["metadata"].get("labels") or {})
    if errors and (attributes.old is None or errors != label_errors(attributes.old["metadata"].get("labels") or {})):
        raise Invalid.of(GroupKind("", "Namespace"), attributes.name, errors)


def _template(obj: Object) -> Object | None:
    """The pod template of a controller."""
    if "template" in obj:
        return obj["template"] or None
    spec = obj.get("spec") or {}
    spec = (spec.get("jobTemplate") or {}).get("spec") or spec
    return spec.get("template") or None


def _secured(pod: Object) -> object:
    """What an update can change that the standards look at."""
    containers = [
        [(each.get("name"), each.get("image"), each.get("securityContext")) for each in pod["spec"].get(field) or ()]
        for field in ("initContainers", "containers", "ephemeralContainers")
    ]
    annotations = pod["metadata"].get("annotations") or {}
    return containers, {key: value for key, value in annotations.items() if "apparmor." in key or "seccomp." in key}
