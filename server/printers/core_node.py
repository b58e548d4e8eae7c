"""Nodes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.printers.cells import NONE
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name

_ROLE_PREFIX = "node-role.kubernetes.io/"
_ROLE_LABEL = "kubernetes.io/role"
_UNKNOWN = "<unknown>"


def _row(obj: Object, now: datetime) -> Row:
    status = obj.get("status") or {}
    info = status.get("nodeInfo") or {}
    addresses = status.get("addresses") or ()
    return Row(
        [
            name(obj),
            _status(obj, status),
            _roles(obj["metadata"].get("labels") or {}),
            age(obj, now),
            info.get("kubeletVersion", ""),
            _address(addresses, "InternalIP"),
            _address(addresses, "ExternalIP"),
            info.get("osImage") or _UNKNOWN,
            info.get("kernelVersion") or _UNKNOWN,
            info.get("containerRuntimeVersion") or _UNKNOWN,
        ]
    )


def _status(obj: Object, status: Mapping[str, Any]) -> str:
    text = "Unknown"
    for condition in status.get("conditions") or ():
        if condition["type"] == "Ready":
            text = "Ready" if condition.get("status") == "True" else "NotReady"
    return f"{text},SchedulingDisabled" if (obj.get("spec") or {}).get("unschedulable") else text


def _roles(labels: Mapping[str, str]) -> str:
    roles = {key[len(_ROLE_PREFIX) :] for key in labels if key.startswith(_ROLE_PREFIX)}
    roles.add(labels.get(_ROLE_LABEL, ""))
    return ",".join(sorted(roles - {""})) or NONE


def _address(addresses: Any, kind: str) -> str:
    return next((a.get("address", "") for a in addresses if a.get("type") == kind), NONE)


NODE = Printer(
    (
        NAME,
        column("Status", "The status of the node"),
        column("Roles", "The roles of the node"),
        AGE,
        column("Version", doc("core/v1.NodeSystemInfo.kubeletVersion")),
        column("Internal-IP", doc("core/v1.NodeStatus.addresses"), wide=True),
        column("External-IP", doc("core/v1.NodeStatus.addresses"), wide=True),
        column("OS-Image", doc("core/v1.NodeSystemInfo.osImage"), wide=True),
        column("Kernel-Version", doc("core/v1.NodeSystemInfo.kernelVersion"), wide=True),
        column("Container-Runtime", doc("core/v1.NodeSystemInfo.containerRuntimeVersion"), wide=True),
    ),
    _row,
)
