"""PodSecurity: a namespace's labels say which Pod Security Standard its pods are held to, which they are warned by, and
which the audit log tells of.

Source: k8s.io/pod-security-admission/admission.
"""

from __future__ import annotations

from apimachinery.fielderrors import aggregate
from apimachinery.gvk import GroupKind, GroupResource
from apimachinery.objects import Object
from apimachinery.status import Invalid
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.configuration import PodSecuritySettings
from server.admission.pod_security_existing import is_stricter, warnings_about
from server.admission.pod_security_levels import PREFIX, label_errors, standards
from server.admission.pod_standards.policy import detailed
from server.admission.refusal import forbidden
from storage.cache import ResourceCache

_PODS = GroupResource("", "pods")
_NAMESPACES = GroupResource("", "namespaces")
_IGNORED = frozenset({"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"})
"""Subresources of pods that change nothing the standards look at; any other might."""
_CONTROLLERS = frozenset(
    {
        GroupResource("", "replicationcontrollers"),
        GroupResource("", "podtemplates"),
        *(GroupResource("apps", name) for name in ("replicasets", "deployments", "statefulsets", "daemonsets")),
        GroupResource("batch", "jobs"),
        GroupResource("batch", "cronjobs"),
    }
)


class PodSecurity:
    name = "PodSecurity"

    def __init__(
        self, namespaces: ResourceCache, pods: ResourceCache, settings: PodSecuritySettings | None = None
    ) -> None:
        self._namespaces = namespaces
        self._pods = pods
        self._settings = settings or PodSecuritySettings()

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        obj, resource = attributes.obj, attributes.group_resource
        if obj is None or attributes.operation not in ("CREATE", "UPDATE"):
            return
        if resource == _PODS and attributes.subresource not in _IGNORED and "spec" in obj:
            if attributes.old is None or _secured(obj) != _secured(attributes.old):
                self._judge(attributes, obj, enforce=True)
        elif resource in _CONTROLLERS and not attributes.subresource:
            template = _template(obj)
            if template is not None:
                self._judge(attributes, template, enforce=False)
        elif resource == _NAMESPACES and not attributes.subresource:
            self._check_namespace(attributes, obj)

    def _judge(self, attributes: Attributes, pod: Object, *, enforce: bool) -> None:
        """Refuse a pod; of a template only tell."""
        if why := self._exempt(attributes, pod):
            attributes.audit_annotations.setdefault(f"{PREFIX}exempt", why)
            return
        namespace = found(self._namespaces, "", attributes.namespace)
        labels = ((namespace or {}).get("metadata") or {}).get("labels") or {}
        held = standards(labels, self._settings.defaults)
        notes = attributes.audit_annotations
        if errors := label_errors(labels):
            notes.setdefault(f"{PREFIX}error", f"Failed to parse policy: {aggregate(errors)}")
        if enforce:
            notes.setdefault(f"{PREFIX}enforce-policy", str(held.enforce))
        metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
        if audited := held.audit.problems(metadata, spec):
            told = f'would violate PodSecurity "{held.audit}": {detailed(audited)}'
            notes.setdefault(f"{PREFIX}audit-violations", told)
        refused = held.enforce.problems(metadata, spec) if enforce else []
        if refused:
            raise forbidden(attributes, f'violates PodSecurity "{held.enforce}": {detailed(refused)}')
        if doubted := held.warn.problems(metadata, spec):
            attributes.warnings.append(f'would violate PodSecurity "{held.warn}": {detailed(doubted)}')

    def _exempt(self, attributes: Attributes, pod: Object) -> str:
        """Why a pod is not judged, "" if it is."""
        settings = self._settings
        if attributes.namespace in settings.namespaces:
            return "namespace"
        if attributes.user.name in settings.usernames:
            return "user"
        return "runtimeClass" if (pod.get("spec") or {}).get("runtimeClassName") in settings.runtime_classes else ""

    def _check_namespace(self, attributes: Attributes, namespace: Object) -> None:
        """What was wrong before may stay so. Who makes it stricter is told whom that would have kept out."""
        labels = namespace["metadata"].get("labels") or {}
        errors = label_errors(labels)
        before = None if attributes.old is None else attributes.old["metadata"].get("labels") or {}
        if errors and (before is None or errors != label_errors(before)):
            raise Invalid.of(GroupKind("", "Namespace"), attributes.name, errors)
        if before is not None and before != labels:
            new, old = (standards(each, self._settings.defaults).enforce for each in (labels, before))
            if is_stricter(new, old) and attributes.name not in self._settings.namespaces:
                attributes.warnings.extend(warnings_about(self._pods, attributes.name, new))


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
