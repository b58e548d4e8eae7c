"""Containers of every sort: regular, init and ephemeral; their probes and hooks."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.images import pull_policy
from server.defaulting.resources import requirements

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")


def container(obj: Object) -> None:
    if not obj.get("imagePullPolicy"):
        obj["imagePullPolicy"] = pull_policy(obj.get("image") or "")
    if not obj.get("terminationMessagePath"):
        obj["terminationMessagePath"] = "/dev/termination-log"
    if not obj.get("terminationMessagePolicy"):
        obj["terminationMessagePolicy"] = "File"
    for port in obj.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    for variable in obj.get("env") or ():
        source = variable.get("valueFrom")
        if source is not None:
            _variable_source(source)
    requirements(obj)
    for name in _PROBES:
        checked = obj.get(name)
        if checked is not None:
            probe(checked)
    lifecycle = obj.get("lifecycle")
    if lifecycle:
        for name in _HOOKS:
            http_get(lifecycle.get(name))


def _variable_source(source: Object) -> None:
    field_ref(source)
    key = source.get("fileKeyRef")
    if key is not None and key.get("optional") is None:
        key["optional"] = False


def field_ref(holder: Object) -> None:
    """The field a variable or a file of the downward API shows."""
    selector = holder.get("fieldRef")
    if selector is not None and not selector.get("apiVersion"):
        selector["apiVersion"] = "v1"


def probe(obj: Object) -> None:
    if not obj.get("timeoutSeconds"):
        obj["timeoutSeconds"] = 1
    if not obj.get("periodSeconds"):
        obj["periodSeconds"] = 10
    if not obj.get("successThreshold"):
        obj["successThreshold"] = 1
    if not obj.get("failureThreshold"):
        obj["failureThreshold"] = 3
    http_get(obj)
    grpc = obj.get("grpc")
    if grpc is not None and grpc.get("service") is None:
        grpc["service"] = ""


def http_get(handler: Object | None) -> None:
    """The ``httpGet`` of a probe or a hook."""
    action = handler.get("httpGet") if handler else None
    if action is not None:
        if not action.get("path"):
            action["path"] = "/"
        if not action.get("scheme"):
            action["scheme"] = "HTTP"
