"""The options of reads and writes, read from query parameters or a body into values.

Source: k8s.io/apimachinery/pkg/apis/meta (internalversion/validation, v1/validation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import FieldError, forbidden, invalid, not_supported, required, too_long
from apimachinery.gvk import GroupKind
from apimachinery.status import BadRequest, Invalid

Query = Mapping[str, list[str]]

_META = "meta.k8s.io"
_LONGEST_MANAGER = 128
_TOO_MANY_DIGITS = 20
"""For 64 bits. Python refuses to read numbers of some thousands."""


def read_bool(query: Query, name: str) -> bool | None:
    """As upstream's query conversion: absent is None, present but empty is true, "0" and "false" are false."""
    values = query.get(name)
    if values is None:
        return None
    return values[0].lower() not in ("false", "0")


def read_int(query: Query, name: str) -> int | None:
    """A whole number; raises BadRequest in Go's words."""
    values = query.get(name)
    if not values or values[0] == "":
        return None
    digits = values[0][1:] if values[0][0] in "+-" else values[0]
    if not digits.isascii() or not digits.isdigit():
        raise BadRequest(f'strconv.ParseInt: parsing "{values[0]}": invalid syntax')
    digits = digits.lstrip("0") or "0"
    number = int(digits) if len(digits) < _TOO_MANY_DIGITS else 2**64
    if values[0][0] == "-":
        number = -number
    if not -(2**63) <= number < 2**63:
        raise BadRequest(f'strconv.ParseInt: parsing "{values[0]}": value out of range')
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """Options of list and watch. ``limit`` 0 is no limit; ``send_initial_events`` None is unset."""

    label_selector: str = ""
    field_selector: str = ""
    resource_version: str = ""
    resource_version_match: str = ""
    limit: int = 0
    continue_token: str = ""
    watch: bool = False
    allow_bookmarks: bool = False
    send_initial_events: bool | None = None
    timeout_seconds: int | None = None

    @property
    def is_watch_list(self) -> bool:
        return bool(self.send_initial_events) and self.allow_bookmarks


def _first(query: Query, name: str) -> str:
    values = query.get(name)
    return values[0] if values else ""


def read_list_options(query: Query, *, forced_watch: bool = False) -> ListOptions:
    """Raises BadRequest for unreadable values, Invalid (422) for combinations that make no sense."""
    if not query and not forced_watch:
        return ListOptions()
    watch = forced_watch or bool(read_bool(query, "watch"))
    resource_version = _first(query, "resourceVersion")
    match = _first(query, "resourceVersionMatch")
    initial = read_bool(query, "sendInitialEvents")
    if watch and initial is None and not match and resource_version in ("", "0"):
        initial, match = True, "NotOlderThan"
    options = ListOptions(
        label_selector=_first(query, "labelSelector"),
        field_selector=_first(query, "fieldSelector"),
        resource_version=resource_version,
        resource_version_match=match,
        limit=read_int(query, "limit") or 0,
        continue_token=_first(query, "continue"),
        watch=watch,
        allow_bookmarks=bool(read_bool(query, "allowWatchBookmarks")),
        send_initial_events=initial,
        timeout_seconds=read_int(query, "timeoutSeconds"),
    )
    errors = _watch_errors(options) if watch else _list_errors(options)
    if errors:
        raise Invalid.of(GroupKind(_META, "ListOptions"), "", errors)
    return options


def _list_errors(options: ListOptions) -> list[FieldError]:
    errors = []
    match = options.resource_version_match
    path = "resourceVersionMatch"
    if match:
        if not options.resource_version:
            errors.append(forbidden(path, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
        if options.continue_token:
            errors.append(forbidden(path, "resourceVersionMatch is forbidden when continue is provided"))
        if match not in ("Exact", "NotOlderThan"):
            errors.append(not_supported(path, match, ("Exact", "NotOlderThan", "")))
        if match == "Exact" and options.resource_version == "0":
            errors.append(forbidden(path, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    if options.send_initial_events is not None:
        errors.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return errors


def _watch_errors(options: ListOptions) -> list[FieldError]:
    errors = []
    match = options.resource_version_match
    path = "resourceVersionMatch"
    if options.send_initial_events is not None and match != "NotOlderThan":
        errors.append(forbidden(path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
    if match:
        if options.send_initial_events is None:
            message = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            errors.append(forbidden(path, message))
        if match != "NotOlderThan":
            errors.append(not_supported(path, match, ("NotOlderThan",)))
        if options.continue_token:
            errors.append(forbidden(path, "resourceVersionMatch is forbidden when continue is provided"))
    return errors


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """Options of create, update and patch. ``field_validation`` is Ignore, Warn or Strict."""

    dry_run: bool = False
    field_manager: str = ""
    field_validation: str = "Warn"
    force: bool | None = None


_DEFAULT_WRITE = WriteOptions()


def read_write_options(query: Query, kind: str, further: Sequence[FieldError] = ()) -> WriteOptions:
    """``kind`` names the options type in errors: CreateOptions, UpdateOptions or PatchOptions.

    ``further`` errors were found before. Raises Invalid (422).
    """
    if not query and not further:
        return _DEFAULT_WRITE
    dry_run = query.get("dryRun", [])
    manager = _first(query, "fieldManager")
    validation = _first(query, "fieldValidation")
    errors = [*further, *_manager_errors(manager), *_dry_run_errors(dry_run)]
    if validation not in ("", "Ignore", "Warn", "Strict"):
        errors.append(not_supported("fieldValidation", validation, ("", "Ignore", "Strict", "Warn")))
    if errors:
        raise Invalid.of(GroupKind(_META, kind), "", errors)
    return WriteOptions(
        dry_run=bool(dry_run and dry_run[0]),
        field_manager=manager,
        field_validation=validation or "Warn",
        force=read_bool(query, "force"),
    )


def read_patch_options(query: Query, *, is_apply: bool) -> WriteOptions:
    """Server-side apply needs a manager; force is for it alone. Raises Invalid (422)."""
    errors = []
    if is_apply and not _first(query, "fieldManager"):
        errors.append(required("fieldManager", "is required for apply patch"))
    if not is_apply and "force" in query:
        errors.append(forbidden("force", "may not be specified for non-apply patch"))
    return read_write_options(query, "PatchOptions", errors)


def _manager_errors(manager: str) -> list[FieldError]:
    """Positions and lengths are in bytes."""
    errors = [too_long("fieldManager", _LONGEST_MANAGER)] if len(manager.encode()) > _LONGEST_MANAGER else []
    position = 0
    for character in manager:
        if not character.isprintable():
            detail = f"invalid character U+{ord(character):04X} (at position {position})"
            errors.append(invalid("fieldManager", manager, detail))
        position += len(character.encode())
    return errors


def _dry_run_errors(values: list[str]) -> list[FieldError]:
    return [not_supported("dryRun", values, ("All",))] if any(v != "All" for v in values) else []


@dataclass(slots=True, kw_only=True)
class DeleteOptions:
    """Options of delete; ``uid`` and ``resource_version`` are preconditions."""

    grace_period: int | None = None
    uid: str | None = None
    resource_version: str | None = None
    orphan_dependents: bool | None = None
    propagation: str | None = None
    dry_run: bool = False


def delete_options_from_query(query: Query) -> DeleteOptions:
    options: dict[str, Any] = {}
    if (grace := read_int(query, "gracePeriodSeconds")) is not None:
        options["gracePeriodSeconds"] = grace
    if (orphan := read_bool(query, "orphanDependents")) is not None:
        options["orphanDependents"] = orphan
    if propagation := _first(query, "propagationPolicy"):
        options["propagationPolicy"] = propagation
    if query.get("dryRun"):
        options["dryRun"] = query["dryRun"]
    return delete_options_from_object(options)


def delete_options_from_object(body: Mapping[str, Any]) -> DeleteOptions:
    """``body`` is a decoded DeleteOptions. Raises Invalid (422)."""
    propagation, orphan = body.get("propagationPolicy"), body.get("orphanDependents")
    dry_run = body.get("dryRun") or []
    errors = []
    if propagation is not None and orphan is not None:
        message = "orphanDependents and deletionPropagation cannot be both set"
        errors.append(invalid("propagationPolicy", propagation, message))
    if propagation not in (None, "Foreground", "Background", "Orphan"):
        errors.append(not_supported("propagationPolicy", propagation, ("Foreground", "Background", "Orphan", "nil")))
    errors += _dry_run_errors(dry_run)
    if errors:
        raise Invalid.of(GroupKind(_META, "DeleteOptions"), "", errors)
    preconditions = body.get("preconditions") or {}
    return DeleteOptions(
        grace_period=body.get("gracePeriodSeconds"),
        uid=preconditions.get("uid"),
        resource_version=preconditions.get("resourceVersion"),
        orphan_dependents=orphan,
        propagation=propagation,
        dry_run=bool(dry_run),
    )
