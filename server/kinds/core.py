"""The kinds of the core group."""

from __future__ import annotations

from server.defaulting import core as defaulting_core
from server.defaulting import core_pod as defaulting_core_pod
from server.defaulting import core_service as defaulting_core_service
from server.kinds import namespaces, persistentvolumes, pods, simple
from server.kinds.fields import EVENT_LABELS, POD_LABELS
from server.kinds.spec import KindSpec
from server.printers import core, core_node, core_pod, core_service, core_volume, events
from server.validation import configmap as validation_configmap
from server.validation import endpoints as validation_endpoints
from server.validation import event as validation_event
from server.validation import namespace as validation_namespace
from server.validation import node as validation_node
from server.validation import persistentvolume as validation_persistentvolume
from server.validation import persistentvolumeclaim as validation_persistentvolumeclaim
from server.validation import pod as validation_pod
from server.validation import podtemplate as validation_podtemplate
from server.validation import quota as validation_quota
from server.validation import replicationcontroller as validation_replicationcontroller
from server.validation import service as validation_service
from server.validation.validator import generic

_CLUSTER = generic(namespaced=False)

KINDS = (
    KindSpec(group="", kind="ComponentStatus", printer=core.COMPONENT_STATUS, validator=_CLUSTER),
    KindSpec(group="", kind="ConfigMap", printer=core.CONFIG_MAP, validator=validation_configmap.CONFIG_MAP),
    KindSpec(
        group="",
        kind="Endpoints",
        printer=core_service.ENDPOINTS,
        validator=validation_endpoints.ENDPOINTS,
        strategy=simple.CREATE_BY_PUT,
        defaults={"v1": defaulting_core.endpoints},
    ),
    KindSpec(
        group="",
        kind="Event",
        printer=events.EVENT,
        validator=validation_event.EVENT,
        strategy=simple.EVENTS,
        field_labels={"events.k8s.io/v1": EVENT_LABELS},
    ),
    KindSpec(
        group="",
        kind="LimitRange",
        printer=core.LIMIT_RANGE,
        validator=validation_quota.LIMIT_RANGE,
        strategy=simple.CREATE_BY_PUT,
        defaults={"v1": defaulting_core.limit_range},
    ),
    KindSpec(
        group="",
        kind="Namespace",
        printer=core.NAMESPACE,
        validator=validation_namespace.NAMESPACE,
        strategy=namespaces.STRATEGY,
        defaults={"v1": defaulting_core.namespace},
    ),
    KindSpec(
        group="",
        kind="Node",
        printer=core_node.NODE,
        validator=validation_node.NODE,
        strategy=simple.NODES,
        defaults={"v1": defaulting_core.node},
    ),
    KindSpec(
        group="",
        kind="PersistentVolume",
        printer=core_volume.PERSISTENT_VOLUME,
        validator=validation_persistentvolume.PERSISTENT_VOLUME,
        strategy=persistentvolumes.STRATEGY,
        defaults={"v1": defaulting_core.persistent_volume},
    ),
    KindSpec(
        group="",
        kind="PersistentVolumeClaim",
        printer=core_volume.PERSISTENT_VOLUME_CLAIM,
        validator=validation_persistentvolumeclaim.PERSISTENT_VOLUME_CLAIM,
        strategy=simple.PENDING_PHASE,
        defaults={"v1": defaulting_core.persistent_volume_claim},
    ),
    KindSpec(
        group="",
        kind="Pod",
        printer=core_pod.POD,
        validator=validation_pod.POD,
        strategy=pods.STRATEGY,
        defaults={"v1": defaulting_core_pod.pod},
        field_labels={"v1": POD_LABELS},
    ),
    KindSpec(
        group="",
        kind="PodTemplate",
        printer=core_pod.POD_TEMPLATE,
        validator=validation_podtemplate.POD_TEMPLATE,
        strategy=simple.POD_TEMPLATES,
        defaults={"v1": defaulting_core_pod.pod_template},
    ),
    KindSpec(
        group="",
        kind="ReplicationController",
        printer=core.REPLICATION_CONTROLLER,
        validator=validation_replicationcontroller.REPLICATION_CONTROLLER,
        strategy=simple.REPLICATION_CONTROLLERS,
        defaults={"v1": defaulting_core_pod.replication_controller},
    ),
    KindSpec(
        group="",
        kind="ResourceQuota",
        printer=core.RESOURCE_QUOTA,
        validator=validation_quota.RESOURCE_QUOTA,
        strategy=simple.PLAIN,
        defaults={"v1": defaulting_core.resource_quota},
    ),
    KindSpec(
        group="",
        kind="Secret",
        printer=core.SECRET,
        validator=validation_configmap.SECRET,
        strategy=simple.SECRETS,
        defaults={"v1": defaulting_core.secret},
    ),
    KindSpec(
        group="",
        kind="ServiceAccount",
        printer=core.SERVICE_ACCOUNT,
        validator=validation_namespace.SERVICE_ACCOUNT,
        strategy=simple.PLAIN,
    ),
    KindSpec(
        group="",
        kind="Service",
        printer=core_service.SERVICE,
        validator=validation_service.SERVICE,
        strategy=simple.SERVICES,
        defaults={"v1": defaulting_core_service.service},
    ),
)
