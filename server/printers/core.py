"""The small kinds of the core group."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.cells import CONTAINERS, IMAGES, containers_and_images, labels, selector_column
from server.printers.printer import AGE, DEFAULT, NAME, NAME_AND_AGE, Printer, Row, age, column, doc, name


def _namespace_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), (obj.get("status") or {}).get("phase", ""), age(obj, now)])


NAMESPACE = Printer((NAME, column("Status", "The status of the namespace"), AGE), _namespace_row)


def _secret_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), obj.get("type", ""), len(obj.get("data") or ()), age(obj, now)])


SECRET = Printer(
    (NAME, column("Type", doc("core/v1.Secret.type")), column("Data", doc("core/v1.Secret.data")), AGE),
    _secret_row,
)


def _config_map_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), age(obj, now)])


CONFIG_MAP = Printer((NAME, column("Data", doc("core/v1.ConfigMap.data")), AGE), _config_map_row)

SERVICE_ACCOUNT = NAME_AND_AGE
LIMIT_RANGE = DEFAULT


def _component_status_row(obj: Object, now: datetime) -> Row:
    for condition in obj.get("conditions") or ():
        if condition.get("type") == "Healthy":
            health = "Healthy" if condition.get("status") == "True" else "Unhealthy"
            return Row([name(obj), health, condition.get("message", ""), condition.get("error", "")])
    return Row([name(obj), "Unknown", "", ""])


COMPONENT_STATUS = Printer(
    (
        NAME,
        column("Status", "Status of the component conditions"),
        column("Message", "Message of the component conditions"),
        column("Error", "Error of the component conditions"),
    ),
    _component_status_row,
)


def _resource_quota_row(obj: Object, now: datetime) -> Row:
    status = obj.get("status") or {}
    used = status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for resource, hard in sorted((status.get("hard") or {}).items()):
        column_of = limits if resource.startswith("limits.") else requests
        column_of.append(f"{resource}: {used.get(resource, '0')}/{hard}")
    return Row([name(obj), ", ".join(requests), ", ".join(limits), age(obj, now)])


RESOURCE_QUOTA = Printer(
    (
        NAME,
        column("Request", "Request represents a minimum amount of cpu/memory that a container may consume."),
        column(
            "Limit",
            "Limits control the maximum amount of cpu/memory that a container may use independent of contention on"
            " the node.",
        ),
        AGE,
    ),
    _resource_quota_row,
)


def _replication_controller_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    return Row(
        [
            name(obj),
            spec.get("replicas") or 0,
            status.get("replicas") or 0,
            status.get("readyReplicas") or 0,
            age(obj, now),
            *containers_and_images(spec.get("template")),
            labels(spec.get("selector")),
        ]
    )


REPLICATION_CONTROLLER = Printer(
    (
        NAME,
        column("Desired", doc("core/v1.ReplicationControllerSpec.replicas"), type="integer"),
        column("Current", doc("core/v1.ReplicationControllerStatus.replicas"), type="integer"),
        column("Ready", doc("core/v1.ReplicationControllerStatus.readyReplicas"), type="integer"),
        AGE,
        CONTAINERS,
        IMAGES,
        selector_column(doc("core/v1.ReplicationControllerSpec.selector")),
    ),
    _replication_controller_row,
)
