"""Brings about the configuration of priority and fairness, at the start and again and again, and says in each flow
schema's status whether its priority level exists.

Source: k8s.io/kubernetes pkg/registry/flowcontrol/ensurer, k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable, Mapping
from datetime import datetime

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object, find_condition
from apimachinery.status import AlreadyExists, Conflict, NotFound
from apimachinery.timefmt import format_time
from server.flowcontrol import bootstrap
from server.flowcontrol.bootstrap import AUTO_UPDATE, MANDATORY
from server.flowcontrol.controller import LEVELS, SCHEMAS
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.delete import delete
from server.registry.options import DeleteOptions
from server.registry.registry import Registry

PERIOD = 60.0
"""Seconds between two looks."""
_ACTOR = '{"user":"system:apiserver","manager":"api-priority-and-fairness-config-producer-v1","verb":"%s"}'
_TRUTH = {"1": True, "t": True, "T": True, "true": True, "TRUE": True, "True": True}
_UNTRUTH = dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False)


async def ensure_flow_control(registries: Mapping[GroupResource, Registry]) -> None:
    """Levels first: a schema is of no use before its level."""
    await _ensure_all(registries[LEVELS], bootstrap.levels())
    await _ensure_all(registries[SCHEMAS], bootstrap.schemas())
    await tell_dangling(registries)


async def _ensure_all(registry: Registry, wanted: Iterable[Object]) -> None:
    by_name = {obj["metadata"]["name"]: obj for obj in wanted}
    await asyncio.gather(*(_ensure(registry, obj) for obj in by_name.values()))
    for entry in registry.cache.list(None).entries:
        annotations = decode(entry.value)["metadata"].get("annotations") or {}
        if entry.key.name not in by_name and _parsed(annotations.get(AUTO_UPDATE)):
            await _remove(registry, entry.key.name)


async def _ensure(registry: Registry, expected: Object) -> None:
    name = expected["metadata"]["name"]
    live = registry.cache.get("", name)
    if live is None:
        try:
            await registry.create(WriteContext(actor=_ACTOR % "create"), expected)
        except AlreadyExists:
            return
        return
    if revised(decode(live.value), expected) is None:
        return

    async def transform(now: Object | None) -> Object:
        if now is None:
            raise NotFound.of(registry.resource, name)
        return revised(now, expected) or now

    try:
        await registry.update(WriteContext(actor=_ACTOR % "update"), name, transform)
    except (Conflict, NotFound):
        return  # somebody is at it; there is a next time


def revised(current: Object, expected: Object) -> Object | None:
    """``current`` as it should be; None if it is."""
    metadata = current["metadata"]
    annotations = metadata.get("annotations") or {}
    said = _parsed(annotations.get(AUTO_UPDATE))
    ours = metadata["name"] in MANDATORY or (said if said is not None else metadata.get("generation") == 1)
    spec_differs = ours and current["spec"] != expected["spec"]
    if not spec_differs and said == ours:
        return None
    new = copy.deepcopy(current)
    if spec_differs:
        new["spec"] = expected["spec"]
    new["metadata"]["annotations"] = {**annotations, AUTO_UPDATE: "true" if ours else "false"}
    return new


def _parsed(text: str | None) -> bool | None:
    """As Go parses a boolean; None for what is none."""
    return _TRUTH.get(text or "", _UNTRUTH.get(text or ""))


async def _remove(registry: Registry, name: str) -> None:
    try:
        await delete(registry, WriteContext(actor=_ACTOR % "delete"), name, DeleteOptions())
    except NotFound:
        return


async def tell_dangling(registries: Mapping[GroupResource, Registry]) -> None:
    schemas, levels = registries[SCHEMAS], registries[LEVELS]
    now = schemas.clock.now()
    for entry in schemas.cache.list(None).entries:
        level = decode(entry.value)["spec"]["priorityLevelConfiguration"]["name"]
        exists = levels.cache.get("", level) is not None
        await _tell(schemas, entry.key.name, decode(entry.value), level, now, exists=exists)


async def _tell(registry: Registry, name: str, obj: Object, level: str, now: datetime, *, exists: bool) -> None:
    wanted = "False" if exists else "True"
    told = find_condition(obj, "Dangling")
    if told is not None and told.get("status") == wanted:
        return
    why = "and it exists" if exists else "but there is no such object"
    condition = {
        "type": "Dangling",
        "status": wanted,
        "lastTransitionTime": format_time(now),
        "reason": "Found" if exists else "NotFound",
        "message": f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" {why}',
    }

    async def transform(current: Object | None) -> Object:
        if current is None:
            raise NotFound.of(registry.resource, name)
        status = current.get("status") or {}
        others = [one for one in status.get("conditions") or () if one.get("type") != "Dangling"]
        return {**current, "status": {**status, "conditions": [*others, condition]}}

    try:
        await registry.update(WriteContext(actor=_ACTOR % "update"), name, transform, rules=registry.status_rules())
    except (Conflict, NotFound):
        return
