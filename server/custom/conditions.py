"""What the status of a definition should say: which names it has been given, and whether it is served.

Pure. Source: k8s.io/apiextensions-apiserver/pkg/controller (status/naming_controller.go, establish, finalizer,
nonstructuralschema, apiapproval).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from apimachinery.fielderrors import aggregate, quote
from apimachinery.objects import Object, find_condition
from apimachinery.timefmt import format_time
from server.custom.version import schema_of
from server.validation.checks import Errors
from server.validation.structural import check_structural, structural_obstacle

_ONE_NAME: Final = (
    ("plural", "PluralConflict", False),
    ("singular", "SingularConflict", False),
    ("kind", "KindConflict", True),
    ("listKind", "ListKindConflict", True),
)


def condition(type_: str, status: str, reason: str, message: str) -> Object:
    return {"type": type_, "status": status, "reason": reason, "message": message}


def is_true(definition: Object, type_: str) -> bool:
    found = find_condition(definition, type_)
    return found is not None and found["status"] == "True"


def with_condition(definition: Object, wanted: Object, now: datetime) -> Object:
    """A copy with that condition; its time moves when its status does."""
    status = dict(definition.get("status") or {})
    conditions = [dict(one) for one in status.get("conditions") or ()]
    old = next((one for one in conditions if one["type"] == wanted["type"]), None)
    if old is None:
        conditions.append({**wanted, "lastTransitionTime": format_time(now)})
    else:
        moved = old["status"] != wanted["status"]
        old.update(wanted, lastTransitionTime=format_time(now) if moved else old.get("lastTransitionTime"))
    status["conditions"] = conditions
    return {**definition, "status": status}


def _taken(others: Iterable[Object]) -> tuple[set[str], set[str]]:
    """(resource names, kinds) that other definitions of the group have been given."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        names: Mapping[str, Any] = (other.get("status") or {}).get("acceptedNames") or {}
        resources |= {names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())}
        kinds |= {names.get("kind", ""), names.get("listKind", "")}
    return resources, kinds


def named(definition: Object, others: Iterable[Object], now: datetime) -> Object:
    """The definition with the names it can have, beside ``others`` of its group, and its conditions about them."""
    wanted: Mapping[str, Any] = definition["spec"]["names"]
    given: Mapping[str, Any] = (definition.get("status") or {}).get("acceptedNames") or {}
    if wanted == given:
        return definition
    resources, kinds = _taken(others)
    names, problem = dict(given), ("", "")
    for name, reason, is_kind in _ONE_NAME:
        asked, used = wanted.get(name, ""), kinds if is_kind else resources
        if asked != given.get(name, "") and asked in used:
            problem = (reason, f"{quote(asked)} is already in use")
        else:
            names[name] = asked
    short = _short_names_problem(wanted, given, resources)
    if short:
        problem = ("ShortNamesConflict", short)
    else:
        names["shortNames"] = wanted.get("shortNames")
    names["categories"] = wanted.get("categories")
    accepted = condition("NamesAccepted", "True", "NoConflicts", "no conflicts found")
    if problem[0]:
        accepted = condition("NamesAccepted", "False", *problem)
    status = {**(definition.get("status") or {}), "acceptedNames": {n: v for n, v in names.items() if v}}
    status["acceptedNames"].setdefault("plural", "")
    status["acceptedNames"].setdefault("kind", "")
    found = with_condition({**definition, "status": status}, accepted, now)
    return with_condition(found, _establishing(found, accepted), now)


def _short_names_problem(wanted: Mapping[str, Any], given: Mapping[str, Any], used: set[str]) -> str:
    fresh = [name for name in wanted.get("shortNames") or () if name not in (given.get("shortNames") or ())]
    problems = [f"{quote(name)} is already in use" for name in fresh if name in used]
    return problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]" if problems else ""


def _establishing(definition: Object, accepted: Object) -> Object:
    old = find_condition(definition, "Established")
    if old is not None and (old["status"] == "True" or accepted["status"] != "True"):
        return {name: old[name] for name in ("type", "status", "reason", "message")}
    if accepted["status"] == "True":
        return condition("Established", "False", "Installing", "the initial names have been accepted")
    return condition("Established", "False", "NotAccepted", "not all names are accepted")


def established(definition: Object, now: datetime) -> Object:
    """To be called when it is served."""
    wanted = condition("Established", "True", "InitialNamesAccepted", "the initial names have been accepted")
    return with_condition(definition, wanted, now)


def terminating(definition: Object, status: str, reason: str, message: str, now: datetime) -> Object:
    return with_condition(definition, condition("Terminating", status, reason, message), now)


def structural(definition: Object, now: datetime) -> Object:
    """With the condition NonStructuralSchema, where a schema is none, and without it where all are."""
    problems = "; ".join(_schema_problems(definition))
    if problems:
        return with_condition(definition, condition("NonStructuralSchema", "True", "Violations", problems), now)
    status = definition.get("status") or {}
    conditions = status.get("conditions") or []
    kept = [one for one in conditions if one["type"] != "NonStructuralSchema"]
    return definition if len(kept) == len(conditions) else {**definition, "status": {**status, "conditions": kept}}


def _schema_problems(definition: Object) -> Iterable[str]:
    for index, version in enumerate(definition["spec"]["versions"]):
        schema, path = schema_of(version), f"spec.versions[{index}].schema.openAPIV3Schema"
        obstacle = structural_obstacle(schema)
        if obstacle:
            yield f"{path}: {obstacle}"
            continue
        errors: Errors = []
        check_structural(errors, schema, path)
        if errors:
            yield aggregate(errors)
