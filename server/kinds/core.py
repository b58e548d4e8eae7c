"""The kinds of the core group."""

from __future__ import annotations

from server.defaulting import core as defaulting_core
from server.defaulting import core_pod as defaulting_core_pod
from server.defaulting import core_service as defaulting_core_service
from server.kinds import namespaces, pods, simple
from server.kinds.spec import KindSpec
from server.printers import core, core_node, core_pod, core_service, core_volume, events
from server.validation.validator import generic

_NAMESPACED = generic()
_CLUSTER = generic(namespaced=False)

KINDS = (
    KindSpec(group="", kind="ComponentStatus", printer=core.COMPONENT_STATUS, validator=_CLUSTER),
    KindSpec(group="", kind="ConfigMap", printer=core.CONFIG_MAP, validator=_NAMESPACED),
    KindSpec(
        group="",
        kind="Endpoints",
        printer=core_service.ENDPOINTS,
        validator=_NAMESPACED,
        strategy=simple.CREATE_BY_PUT,
        defaults={"v1": defaulting_core.endpoints},
    ),
    KindSpec(group="", kind="Event", printer=events.EVENT, validator=_NAMESPACED, strategy=simple.EVENTS),
    KindSpec(
        group="",
        kind="LimitRange",
        printer=core.LIMIT_RANGE,
        validator=_NAMESPACED,
        strategy=simple.CREATE_BY_PUT,
        defaults={"v1": defaulting_core.limit_range},
    ),
    KindSpec(
        group="",
        kind="Namespace",
        printer=core.NAMESPACE,
        validator=_CLUSTER,
        strategy=namespaces.STRATEGY,
        defaults={"v1": defaulting_core.namespace},
    ),
    KindSpec(
        group="",
        kind="Node",
        printer=core_node.NODE,
        validator=_CLUSTER,
        strategy=simple.NODES,
        defaults={"v1": defaulting_core.node},
    ),
    KindSpec(
        group="",
        kind="PersistentVolume",
        printer=core_volume.PERSISTENT_VOLUME,
        validator=_CLUSTER,
        strategy=simple.PENDING_PHASE,
        defaults={"v1": defaulting_core.persistent_volume},
    ),
    KindSpec(
        group="",
        kind="PersistentVolumeClaim",
        printer=core_volume.PERSISTENT_VOLUME_CLAIM,
        validator=_NAMESPACED,
        strategy=simple.PENDING_PHASE,
        defaults={"v1": defaulting_core.persistent_volume_claim},
    ),
    KindSpec(
        group="",
        kind="Pod",
        printer=core_pod.POD,
        validator=_NAMESPACED,
        strategy=pods.STRATEGY,
        defaults={"v1": defaulting_core_pod.pod},
    ),
    KindSpec(
        group="",
        kind="PodTemplate",
        printer=core_pod.POD_TEMPLATE,
        validator=_NAMESPACED,
        strategy=simple.POD_TEMPLATES,
        defaults={"v1": defaulting_core_pod.pod_template},
    ),
    KindSpec(
        group="",
        kind="ReplicationController",
        printer=core.REPLICATION_CONTROLLER,
        validator=_NAMESPACED,
        strategy=simple.REPLICATION_CONTROLLERS,
        defaults={"v1": defaulting_core_pod.replication_controller},
    ),
    KindSpec(
        group="",
        kind="ResourceQuota",
        printer=core.RESOURCE_QUOTA,
        validator=_NAMESPACED,
        strategy=simple.RETURNED,
        defaults={"v1": defaulting_core.resource_quota},
    ),
    KindSpec(
        group="",
        kind="Secret",
        printer=core.SECRET,
        validator=_NAMESPACED,
        strategy=simple.SECRETS,
        defaults={"v1": defaulting_core.secret},
    ),
    KindSpec(
        group="",
        kind="ServiceAccount",
        printer=core.SERVICE_ACCOUNT,
        validator=_NAMESPACED,
        strategy=simple.RETURNED,
    ),
    KindSpec(
        group="",
        kind="Service",
        printer=core_service.SERVICE,
        validator=_NAMESPACED,
        strategy=simple.SERVICES,
        defaults={"v1": defaulting_core_service.service},
    ),
)
