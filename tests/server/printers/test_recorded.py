"""Rows and columns against the answers an upstream v1.20 server gave for the same objects.

``recorded.jsonl`` leaves out descriptions that later versions reworded. Where v1.37 differs in more, what it
answers is written here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.printers import (
    admissionregistration,
    apiextensions,
    apps,
    autoscaling,
    batch,
    coordination,
    core,
    core_node,
    core_pod,
    core_service,
    core_volume,
    events,
    networking,
    node,
    rbac,
    scheduling,
    storage,
)
from server.printers.printer import Printer

PRINTERS = {
    "pod": core_pod.POD,
    "rs": apps.REPLICA_SET,
    "deploy": apps.DEPLOYMENT,
    "sts": apps.STATEFUL_SET,
    "ds": apps.DAEMON_SET,
    "rc": core.REPLICATION_CONTROLLER,
    "job": batch.JOB,
    "svc": core_service.SERVICE,
    "cm": core.CONFIG_MAP,
    "secret": core.SECRET,
    "pvc": core_volume.PERSISTENT_VOLUME_CLAIM,
    "pv": core_volume.PERSISTENT_VOLUME,
    "quota": core.RESOURCE_QUOTA,
    "limits": core.LIMIT_RANGE,
    "endpoints": core_service.ENDPOINTS,
    "podtemplate": core_pod.POD_TEMPLATE,
    "role": rbac.ROLE,
    "rolebinding": rbac.ROLE_BINDING,
    "clusterrole": rbac.CLUSTER_ROLE,
    "netpol": networking.NETWORK_POLICY,
    "ingress": networking.INGRESS,
    "ingressclass": networking.INGRESS_CLASS,
    "priorityclass": scheduling.PRIORITY_CLASS,
    "storageclass": storage.STORAGE_CLASS,
    "csidriver": storage.CSI_DRIVER,
    "lease": coordination.LEASE,
    "hpa": autoscaling.HORIZONTAL_POD_AUTOSCALER,
    "runtimeclass": node.RUNTIME_CLASS,
    "node": core_node.NODE,
    "event": events.EVENT,
    "crd": apiextensions.CUSTOM_RESOURCE_DEFINITION,
    "webhook": admissionregistration.VALIDATING_WEBHOOK_CONFIGURATION,
}
RECORDED = {
    case["id"]: case for case in map(json.loads, Path(__file__).with_name("recorded.jsonl").read_text().splitlines())
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# What v1.37 answers where it differs from v1.20: cells ...
CELLS_1_37: dict[str, list[Any]] = {
    "pod": ["p1", "0/1", "Pending", "0", "0s", "<none>", "<none>", "<none>", "<none>"],
    "job": ["j1", "Running", "0/1", "", "0s", "c", "busybox", "controller-uid=uid-1"],
    "pvc": ["pvc1", "Pending", "", "", "", "", "<unset>", "0s", "Filesystem"],
    "pv": ["oracle-pv", "1Gi", "RWO", "Retain", "Pending", "", "", "<unset>", "", "0s", "Filesystem"],
    "quota": ["q1", "", "", "0s"],
    "priorityclass": ["oracle-pc", 5, False, "0s", "PreemptLowerPriority"],
    "hpa": ["h1", "Deployment/d1", "cpu: <unknown>/80%", "1", 3, 0, "0s"],
    "csidriver": ["oracle.example.com", True, False, False, "<unset>", False, "Persistent", "0s"],
}
# ... columns it added, and one that changed its type
ADDED_1_37 = {
    ("job", "Status"),
    ("pvc", "VolumeAttributesClass"),
    ("pv", "VolumeAttributesClass"),
    ("priorityclass", "PreemptionPolicy"),
    ("csidriver", "StorageCapacity"),
    ("csidriver", "TokenRequests"),
    ("csidriver", "RequiresRepublish"),
}
TYPE_1_37 = {("pod", "Restarts"): "string"}


def test_every_recorded_table_has_a_printer() -> None:
    assert PRINTERS.keys() == RECORDED.keys()


@pytest.mark.parametrize(("case", "printer"), PRINTERS.items())
def test_cells_are_those_recorded(case: str, printer: Printer) -> None:
    row = printer.row(RECORDED[case]["object"], NOW)
    assert row.cells == CELLS_1_37.get(case, RECORDED[case]["cells"])
    assert row.conditions == RECORDED[case]["conditions"]


@pytest.mark.parametrize(("case", "printer"), PRINTERS.items())
def test_columns_are_those_recorded(case: str, printer: Printer) -> None:
    kept = [c for c in printer.columns if (case, c.name) not in ADDED_1_37]
    recorded = RECORDED[case]["columns"]
    if case == "quota":  # v1.37 moved Age to the end
        recorded = [recorded[i] for i in (0, 2, 3, 1)]
    assert [(c.name, c.type, c.format, c.priority) for c in kept] == [
        (name, TYPE_1_37.get((case, name), type), format, priority) for name, type, format, priority, _ in recorded
    ]
    for column, (*_, description) in zip(kept, recorded, strict=True):
        assert description is None or column.description == description
