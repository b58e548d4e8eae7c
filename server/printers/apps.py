"""The workload kinds of apps/v1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, controller_of
from server.printers.cells import (
    CONTAINERS,
    IMAGES,
    NONE,
    READY_OF_DESIRED,
    containers_and_images,
    labels,
    selector,
    selector_column,
)
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name


def _ready_of_desired(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    return f"{status.get('readyReplicas') or 0}/{spec.get('replicas') or 0}"


def _deployment_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    return Row(
        [
            name(obj),
            _ready_of_desired(spec, status),
            status.get("updatedReplicas") or 0,
            status.get("availableReplicas") or 0,
            age(obj, now),
            *containers_and_images(spec.get("template")),
            selector(spec.get("selector"), empty="", invalid="<invalid>"),
        ]
    )


DEPLOYMENT = Printer(
    (
        NAME,
        READY_OF_DESIRED,
        column("Up-to-date", doc("extensions/v1beta1.DeploymentStatus.updatedReplicas")),
        column("Available", doc("extensions/v1beta1.DeploymentStatus.availableReplicas")),
        AGE,
        CONTAINERS,
        IMAGES,
        selector_column(doc("extensions/v1beta1.DeploymentSpec.selector")),
    ),
    _deployment_row,
)


def _replica_set_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    return Row(
        [
            name(obj),
            spec.get("replicas") or 0,
            status.get("replicas") or 0,
            status.get("readyReplicas") or 0,
            age(obj, now),
            *containers_and_images(spec.get("template")),
            selector(spec.get("selector")),
        ]
    )


REPLICA_SET = Printer(
    (
        NAME,
        column("Desired", doc("extensions/v1beta1.ReplicaSetSpec.replicas"), type="integer"),
        column("Current", doc("extensions/v1beta1.ReplicaSetStatus.replicas"), type="integer"),
        column("Ready", doc("extensions/v1beta1.ReplicaSetStatus.readyReplicas"), type="integer"),
        AGE,
        CONTAINERS,
        IMAGES,
        selector_column(doc("extensions/v1beta1.ReplicaSetSpec.selector")),
    ),
    _replica_set_row,
)


def _stateful_set_row(obj: Object, now: datetime) -> Row:
    spec = obj["spec"]
    ready = _ready_of_desired(spec, obj.get("status") or {})
    return Row([name(obj), ready, age(obj, now), *containers_and_images(spec.get("template"))])


STATEFUL_SET = Printer((NAME, READY_OF_DESIRED, AGE, CONTAINERS, IMAGES), _stateful_set_row)

_DAEMON_SET_COUNTS = (
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
)


def _daemon_set_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    template = spec.get("template") or {}
    return Row(
        [
            name(obj),
            *(status.get(count) or 0 for count in _DAEMON_SET_COUNTS),
            labels((template.get("spec") or {}).get("nodeSelector")),
            age(obj, now),
            *containers_and_images(template),
            selector(spec.get("selector")),
        ]
    )


DAEMON_SET = Printer(
    (
        NAME,
        column("Desired", doc("extensions/v1beta1.DaemonSetStatus.desiredNumberScheduled"), type="integer"),
        column("Current", doc("extensions/v1beta1.DaemonSetStatus.currentNumberScheduled"), type="integer"),
        column("Ready", doc("extensions/v1beta1.DaemonSetStatus.numberReady"), type="integer"),
        column("Up-to-date", doc("extensions/v1beta1.DaemonSetStatus.updatedNumberScheduled"), type="integer"),
        column("Available", doc("extensions/v1beta1.DaemonSetStatus.numberAvailable"), type="integer"),
        column("Node Selector", doc("core/v1.PodSpec.nodeSelector")),
        AGE,
        CONTAINERS,
        IMAGES,
        selector_column(doc("extensions/v1beta1.DaemonSetSpec.selector")),
    ),
    _daemon_set_row,
)


def _controller_revision_row(obj: Object, now: datetime) -> Row:
    owner = controller_of(obj)
    controller = NONE
    if owner is not None:
        kind = GroupVersion.parse(owner.get("apiVersion", "")).kind(owner.get("kind", "")).group_kind
        controller = f"{str(kind).lower()}/{owner.get('name', '')}"
    return Row([name(obj), controller, obj.get("revision") or 0, age(obj, now)])


CONTROLLER_REVISION = Printer(
    (
        NAME,
        column("Controller", "Controller of the object"),
        column("Revision", doc("apps/v1beta1.ControllerRevision.revision")),
        AGE,
    ),
    _controller_revision_row,
)
