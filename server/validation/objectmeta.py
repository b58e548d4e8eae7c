"""Object metadata, the part of validation that every kind shares.

Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation/validation.go, and the
stricter finalizer rule of k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import FieldError, forbidden, invalid, not_supported, required, too_long
from server.validation.checks import IMMUTABLE, NEGATIVE, Errors, flag, go_strings
from server.validation.rules import NameRule, dns_label, label_value, qualified_name

MAX_ANNOTATIONS_SIZE = 256 * 1024
_MAX_MANAGER = 128
_MAX_SUBRESOURCE = 256
_ORPHAN, _FOREGROUND = "orphan", "foregroundDeletion"
_STANDARD_FINALIZERS = frozenset({"kubernetes", _ORPHAN, _FOREGROUND})
_SYSTEM_FIELDS = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")
_STRINGS = frozenset({"name", "namespace", "uid"})
_UNSET = (None, "")


def validate_object_meta(
    meta: Mapping[str, Any],
    namespaced: bool,
    name_rule: NameRule,
    path: str = "metadata",
    *,
    standard_finalizers: bool = True,
) -> Errors:
    """The metadata of an object to be created, its name already generated.

    ``standard_finalizers``: an unqualified finalizer must be one of upstream's own (not asked of every kind).
    """
    errors: Errors = []
    generate_name = meta.get("generateName")
    if generate_name:
        flag(errors, f"{path}.generateName", generate_name, name_rule(generate_name, True))
    name = meta.get("name")
    if name:
        flag(errors, f"{path}.name", name, name_rule(name, False))
    else:
        errors.append(required(f"{path}.name", "name or generateName is required"))
    _check_namespace(errors, meta.get("namespace"), namespaced, path)
    _check_generation(errors, meta, path)
    _check_maps(errors, meta, path)
    finalizers = meta.get("finalizers")
    if finalizers:
        check_finalizers(errors, finalizers, f"{path}.finalizers")
    _check_managed_fields(errors, meta, path)
    if finalizers and standard_finalizers:
        _check_standard_finalizers(errors, finalizers, path)
    return errors


def validate_object_meta_update(
    new: Mapping[str, Any], old: Mapping[str, Any], path: str = "metadata", *, standard_finalizers: bool = True
) -> Errors:
    """What an update may not do to metadata."""
    errors: Errors = []
    if old.get("deletionTimestamp") is not None:
        _check_no_new_finalizers(errors, new, old, path)
    if not new.get("resourceVersion"):
        errors.append(invalid(f"{path}.resourceVersion", "", "must be specified for an update"))
    _check_generation(errors, new, path)
    if (new.get("generation") or 0) < (old.get("generation") or 0):
        errors.append(invalid(f"{path}.generation", new.get("generation") or 0, "must not be decremented"))
    for field in ("name", "namespace", *_SYSTEM_FIELDS):
        value, before = new.get(field), old.get(field)
        if value != before and not (value in _UNSET and before in _UNSET):
            shown = (value or "") if field in _STRINGS else value
            errors.append(invalid(f"{path}.{field}", shown, IMMUTABLE))
    _check_maps(errors, new, path)
    _check_managed_fields(errors, new, path)
    if standard_finalizers and (finalizers := new.get("finalizers")):
        _check_standard_finalizers(errors, finalizers, path)
    return errors


def _check_namespace(errors: Errors, namespace: str | None, namespaced: bool, path: str) -> None:
    if not namespaced:
        if namespace:
            errors.append(forbidden(f"{path}.namespace", "not allowed on this type"))
    elif namespace:
        flag(errors, f"{path}.namespace", namespace, dns_label(namespace))
    else:
        errors.append(required(f"{path}.namespace"))


def _check_generation(errors: Errors, meta: Mapping[str, Any], path: str) -> None:
    generation = meta.get("generation")
    if generation and generation < 0:
        errors.append(invalid(f"{path}.generation", generation, NEGATIVE))


def _check_maps(errors: Errors, meta: Mapping[str, Any], path: str) -> None:
    """Labels, annotations and owner references."""
    if labels := meta.get("labels"):
        check_labels(errors, labels, f"{path}.labels")
    if annotations := meta.get("annotations"):
        check_annotations(errors, annotations, f"{path}.annotations")
    if owners := meta.get("ownerReferences"):
        _check_owner_references(errors, owners, f"{path}.ownerReferences")


def check_label_name(errors: Errors, path: str, name: str) -> None:
    flag(errors, path, name, qualified_name(name))


def check_labels(errors: Errors, labels: Mapping[str, str] | None, path: str) -> None:
    for key, value in (labels or {}).items():
        flag(errors, path, key, qualified_name(key))
        flag(errors, path, value, label_value(value))


def check_annotations(errors: Errors, annotations: Mapping[str, str] | None, path: str) -> None:
    size = 0
    for key, value in (annotations or {}).items():
        flag(errors, path, key, qualified_name(key.lower()))
        size += byte_length(key) + byte_length(value)
    if size > MAX_ANNOTATIONS_SIZE:
        errors.append(too_long(path, MAX_ANNOTATIONS_SIZE))


def byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _check_owner_references(errors: Errors, references: Sequence[Mapping[str, Any]], path: str) -> None:
    controller = ""
    for index, reference in enumerate(references):
        _check_owner_reference(errors, reference, f"{path}[{index}]")
        if not reference.get("controller"):
            continue
        current = f"{reference.get('kind', '')}/{reference.get('name', '')}"
        if controller:
            problem = (
                "Only one reference can have Controller set to true. "
                f'Found "true" in references for {controller} and {current}'
            )
            errors.append(invalid(path, references, problem))
        else:
            controller = current


def _check_owner_reference(errors: Errors, reference: Mapping[str, Any], path: str) -> None:
    api_version = reference.get("apiVersion") or ""
    if not api_version:
        errors.append(required(f"{path}.apiVersion", "must not be empty"))
    elif api_version.count("/") > 1 or api_version.endswith("/"):
        problem = "must be <group>/<version> or <version>"
        errors.append(invalid(f"{path}.apiVersion", api_version, problem))
    for field in ("kind", "name", "uid"):
        if not reference.get(field):
            errors.append(required(f"{path}.{field}", "must not be empty"))
    if api_version == "v1" and reference.get("kind") == "Event":
        errors.append(invalid(path, reference, "/v1, Kind=Event is disallowed from being an owner"))


def check_finalizers(errors: Errors, finalizers: Sequence[str], path: str) -> None:
    for finalizer in finalizers:
        flag(errors, path, finalizer, qualified_name(finalizer))
    if _ORPHAN in finalizers and _FOREGROUND in finalizers:
        problem = f"finalizer {_ORPHAN} and {_FOREGROUND} cannot be both set"
        errors.append(invalid(path, finalizers, problem))


def check_standard_finalizer(errors: Errors, path: str, finalizer: str) -> None:
    if "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
        problem = "name is neither a standard finalizer name nor is it fully qualified"
        errors.append(invalid(path, finalizer, problem))


def _check_standard_finalizers(errors: Errors, finalizers: Sequence[str], path: str) -> None:
    for index, finalizer in enumerate(finalizers):
        check_standard_finalizer(errors, f"{path}.finalizers[{index}]", finalizer)


def _check_no_new_finalizers(errors: Errors, new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> None:
    extra = set(new.get("finalizers") or ()) - set(old.get("finalizers") or ())
    if extra:
        problem = (
            "no new finalizers can be added if the object is being deleted, "
            f"found new finalizers {go_strings(sorted(extra))}"
        )
        errors.append(forbidden(f"{path}.finalizers", problem))


def _check_managed_fields(errors: Errors, meta: Mapping[str, Any], path: str) -> None:
    for index, entry in enumerate(meta.get("managedFields") or ()):
        operation = entry.get("operation") or ""
        if operation not in ("Apply", "Update"):
            where = f"{path}.managedFields[{index}].operation"
            if operation:
                errors.append(not_supported(where, operation, ("Apply", "Update")))
            else:
                errors.append(required(where, "must not be empty"))
        if entry.get("fieldsType", "FieldsV1") not in ("", "FieldsV1"):
            where = f"{path}.managedFields[{index}].fieldsType"
            errors.append(invalid(where, entry["fieldsType"], "must be `FieldsV1`"))
        if manager := entry.get("manager"):
            _check_manager(errors, manager, f"{path}.managedFields[{index}].manager")
        if byte_length(entry.get("subresource") or "") > _MAX_SUBRESOURCE:
            errors.append(too_long(f"{path}.managedFields[{index}].subresource", _MAX_SUBRESOURCE))


def _check_manager(errors: Errors, manager: str, path: str) -> None:
    if manager.isascii() and manager.isprintable() and len(manager) <= _MAX_MANAGER:
        return
    if byte_length(manager) > _MAX_MANAGER:
        errors.append(too_long(path, _MAX_MANAGER))
    position = 0
    for character in manager:
        if not (character == " " or (character.isprintable() and not character.isspace())):
            problem = f"invalid character {_unicode_name(character)} (at position {position})"
            errors.append(invalid(path, manager, problem))
        position += byte_length(character)


def _unicode_name(character: str) -> str:
    """Go's %#U: the code point, and the character itself where it can be printed."""
    point = f"U+{ord(character):04X}"
    return f"{point} '{character}'" if character.isprintable() else point


def validate_template_meta(meta: Mapping[str, Any] | None, path: str) -> Errors:
    """The metadata of an embedded template, of which only labels and annotations are used."""
    errors: Errors = []
    meta = meta or {}
    check_annotations(errors, meta.get("annotations"), f"{path}.annotations")
    check_labels(errors, meta.get("labels"), f"{path}.labels")
    for field, value in meta.items():
        if value and field not in ("annotations", "labels"):
            errors.append(forbidden(f"{path}.{field}", "cannot be set"))
    return errors


def has_label(meta: Mapping[str, Any], path: str, key: str, expected: str) -> list[FieldError]:
    """The label must be there with that value."""
    labels = meta.get("labels") or {}
    if key not in labels:
        return [required(f"{path}.labels[{key}]", f"must be '{expected}'")]
    if labels[key] != expected:
        return [invalid(f"{path}.labels[{key}]", labels, f"must be '{expected}'")]
    return []
