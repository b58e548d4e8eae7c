"""The official tests of one kind's life whose steps are those of the API operations: create, get, list, patch, update,
watch, delete, delete a collection."""

from __future__ import annotations

from typing import Any

from conformance import kinds
from conformance.api import Object
from conformance.bodies import PAUSE
from conformance.check import Case, Check
from conformance.operations import Operations


def _plain(**parts: Any) -> Any:
    return lambda case, number: dict(parts)


def _event(kind: kinds.Kind) -> Any:
    common = {"type": "Normal", "reason": "Test"}

    def new(case: Case, number: int) -> Object:
        regarding = {"namespace": case.namespace, "kind": "Pod", "name": "pod"}
        return {
            **common,
            "eventTime": "2017-09-19T13:49:16.000000Z",
            "note": "This is test-event",
            "action": "Do",
            "regarding": regarding,
            "reportingController": f"test-controller-{number}",
            "reportingInstance": "test-node",
        }

    def old(case: Case, number: int) -> Object:
        involved = {"namespace": case.namespace, "kind": "Pod", "name": "pod"}
        return {**common, "message": "This is a test event", "involvedObject": involved, "source": {"component": "e2e"}}

    return new if kind.group else old


def _counted(kind: kinds.Kind) -> Any:
    """An update adds a series, and that is what is read afterwards."""

    def extra(case: Case, made: Object) -> None:
        name = made["metadata"]["name"]
        series = {"count": 100, "lastObservedTime": "2017-09-19T13:49:16.000000Z"}
        updated = case.changed(kind, name, lambda one: one.update(series=series))
        case.equal(updated["series"], series, "the series of the updated event")
        case.equal(case.get(kind, name), updated, "the event read after the update")

    return extra


def _new_event(case: Case, made: Object) -> None:
    _select_events(case, made)
    _counted(kinds.NEW_EVENTS)(case, made)


def _select_events(case: Case, made: Object) -> None:
    """Both groups show the event, and both can select it by its reporter."""
    name, source = made["metadata"]["name"], made["reportingController"]
    for kind, field in ((kinds.EVENTS, "source"), (kinds.NEW_EVENTS, "reportingController")):
        found = case.api.items(kind, case.namespace, fieldSelector=f"{field}={source}")
        case.equal([one["metadata"]["name"] for one in found], [name], f"the events selected by {field}")


def _volume_attachment(case: Case, number: int) -> Object:
    source = {"persistentVolumeName": f"pv-{case.suffix}-{number}"}
    return {"spec": {"attacher": "e2e-test.storage.k8s.io", "nodeName": f"node-{case.suffix}", "source": source}}


def _csi_node(case: Case, number: int) -> Object:
    driver = {"name": "e2e.example.com", "nodeID": f"node-{number}", "topologyKeys": []}
    return {"spec": {"drivers": [driver]}}


_TEMPLATE = {"spec": {"containers": [{"name": "nginx", "image": PAUSE}]}}
_POD_TEMPLATES = Operations(kinds.POD_TEMPLATES, _plain(template=_TEMPLATE))
_EVENTS = Operations(
    kinds.EVENTS,
    _event(kinds.EVENTS),
    patch={"message": "This is a patched event"},
    extra=_counted(kinds.EVENTS),
)
_NEW_EVENTS = Operations(
    kinds.NEW_EVENTS,
    _event(kinds.NEW_EVENTS),
    patch={"series": {"count": 2, "lastObservedTime": "2017-09-19T13:49:11.000000Z"}},
    extra=_new_event,
)
_NODE = "[sig-node] "
_STORAGE = "[sig-storage] "
_INSTRUMENTATION = "[sig-instrumentation] "
CHECKS = (
    Check(_NODE + "PodTemplates should run the lifecycle of PodTemplates [Conformance]", _POD_TEMPLATES),
    Check(_NODE + "PodTemplates should delete a collection of pod templates [Conformance]", _POD_TEMPLATES),
    Check(
        _NODE + "PodTemplates should replace a pod template [Conformance]",
        _POD_TEMPLATES,
    ),
    Check(
        _NODE + "ConfigMap should run through a ConfigMap lifecycle [Conformance]",
        Operations(kinds.CONFIG_MAPS, _plain(data={"valueName": "value"}), patch={"data": {"valueName": "value1"}}),
    ),
    Check(
        _NODE + "Secrets should patch a secret [Conformance]",
        Operations(
            kinds.SECRETS,
            _plain(type="Opaque", data={"key": "dmFsdWU="}),
            patch={"data": {"key": "dmFsdWUx"}},
        ),
    ),
    Check(
        "[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount [Conformance]",
        Operations(kinds.SERVICE_ACCOUNTS, _plain(), patch={"automountServiceAccountToken": False}),
    ),
    Check(
        "[sig-auth] ServiceAccounts should update a ServiceAccount [Conformance]",
        Operations(
            kinds.SERVICE_ACCOUNTS,
            _plain(automountServiceAccountToken=False),
            patch={"automountServiceAccountToken": True},
        ),
    ),
    Check(_INSTRUMENTATION + "Events should manage the lifecycle of an event [Conformance]", _EVENTS),
    Check(_INSTRUMENTATION + "Events should delete a collection of events [Conformance]", _EVENTS),
    Check(_INSTRUMENTATION + "Events API should delete a collection of events [Conformance]", _NEW_EVENTS),
    Check(
        _INSTRUMENTATION
        + "Events API should ensure that an event can be fetched, patched, deleted, and listed [Conformance]",
        _NEW_EVENTS,
    ),
    Check(
        "[sig-network] Endpoints should test the lifecycle of an Endpoint [Conformance]",
        Operations(
            kinds.ENDPOINTS,
            _plain(subsets=[{"addresses": [{"ip": "10.0.0.24"}], "ports": [{"name": "http", "port": 80}]}]),
            patch={"subsets": [{"addresses": [{"ip": "10.0.0.25"}], "ports": [{"name": "http-test", "port": 8080}]}]},
        ),
    ),
    Check(
        _STORAGE + "StorageClasses CSI Conformance should run through the lifecycle of a StorageClass [Conformance]",
        Operations(kinds.STORAGE_CLASSES, _plain(provisioner="e2e-fake-provisioner", reclaimPolicy="Retain")),
    ),
    Check(
        _STORAGE + "CSIInlineVolumes should run through the lifecycle of a CSIDriver [Conformance]",
        Operations(
            kinds.CSI_DRIVERS,
            _plain(spec={"attachRequired": False, "podInfoOnMount": True, "volumeLifecycleModes": ["Ephemeral"]}),
        ),
    ),
    Check(
        _STORAGE + "CSINodes CSI Conformance should run through the lifecycle of a csinode [Conformance]",
        Operations(kinds.CSI_NODES, _csi_node),
    ),
    Check(
        _STORAGE + "VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment [Conformance]",
        Operations(kinds.VOLUME_ATTACHMENTS, _volume_attachment),
    ),
    Check(
        _STORAGE + "VolumeAttachment Conformance should apply changes to a volumeattachment status [Conformance]",
        Operations(kinds.VOLUME_ATTACHMENTS, _volume_attachment, status={"attached": True}),
    ),
    Check(
        _STORAGE + "VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle of a"
        " VolumeAttributesClass [Conformance]",
        Operations(
            kinds.ATTRIBUTES_CLASSES,
            _plain(driverName="e2e-fake-csi-driver", parameters={"foo": "bar"}),
        ),
    ),
)
