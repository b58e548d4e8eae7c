"""The workload kinds of apps/v1."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill, fill_empty
from server.defaulting.pod_spec import template
from server.defaulting.volume import claim

_HISTORY = 10


def deployment(obj: Object) -> None:
    spec = child(obj, "spec")
    fill(spec, "replicas", 1)
    strategy = child(spec, "strategy")
    fill_empty(strategy, "type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = child(strategy, "rollingUpdate")
        fill(rolling, "maxUnavailable", "25%")
        fill(rolling, "maxSurge", "25%")
    fill(spec, "revisionHistoryLimit", _HISTORY)
    fill(spec, "progressDeadlineSeconds", 600)
    template(spec)


def replica_set(obj: Object) -> None:
    spec = child(obj, "spec")
    fill(spec, "replicas", 1)
    template(spec)


def daemon_set(obj: Object) -> None:
    spec = child(obj, "spec")
    strategy = child(spec, "updateStrategy")
    fill_empty(strategy, "type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = child(strategy, "rollingUpdate")
        fill(rolling, "maxUnavailable", 1)
        fill(rolling, "maxSurge", 0)
    fill(spec, "revisionHistoryLimit", _HISTORY)
    template(spec)


def stateful_set(obj: Object) -> None:
    spec = child(obj, "spec")
    fill_empty(spec, "podManagementPolicy", "OrderedReady")
    _stateful_update_strategy(child(spec, "updateStrategy"))
    retention = child(spec, "persistentVolumeClaimRetentionPolicy")
    fill_empty(retention, "whenDeleted", "Retain")
    fill_empty(retention, "whenScaled", "Retain")
    fill(spec, "replicas", 1)
    fill(spec, "revisionHistoryLimit", _HISTORY)
    for claim_template in spec.get("volumeClaimTemplates") or ():
        claim_template.setdefault("kind", "PersistentVolumeClaim")  # as upstream's conversion does
        claim_template.setdefault("apiVersion", "v1")
        claim(claim_template)
    template(spec)


def _stateful_update_strategy(strategy: Object) -> None:
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        child(strategy, "rollingUpdate")
    rolling = strategy.get("rollingUpdate")
    if strategy["type"] == "RollingUpdate" and rolling is not None:
        fill(rolling, "partition", 0)
        fill(rolling, "maxUnavailable", 1)
