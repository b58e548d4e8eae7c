"""Definitions of custom resources.

Upstream checks a form in which what is the same in all versions stands once, above them; its paths are kept
(``spec.validation.openAPIV3Schema`` rather than ``spec.versions[0].schema.openAPIV3Schema``). CEL is not compiled.
Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions (validation, v1/conversion.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from apimachinery.fielderrors import forbidden, invalid, quote, required
from apimachinery.names import is_dns1035_label, is_dns1123_subdomain
from apimachinery.objects import Object
from server.validation.checks import Errors, flag, immutable, required_choice, same
from server.validation.customresourceversion import (
    MAX_SELECTABLE,
    DefinitionOptions,
    check_columns,
    check_selectable,
    check_subresources,
    check_validation,
    check_version,
    schema_of,
)
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.openapischema import stored_options
from server.validation.rules import name_is_dns_subdomain
from server.validation.schemadefaults import ValueCheck, accept_any, has_unknown_default
from server.validation.structural import Schema, all_subschemas, check_structural, structural_obstacle
from server.validation.validator import Validator, validator
from server.validation.webhookclient import ca_bundle_problem, check_webhook_client

Source = Mapping[str, Any]

_HOISTED = {
    "subresources": "subresources",
    "schema": "validation",
    "additionalPrinterColumns": "additionalPrinterColumns",
    "selectableFields": "selectableFields",
}
"""The fields of a version, and where they stand when all versions have the same."""

_REVIEWS = ("v1", "v1beta1")
_APPROVAL = "api-approved.kubernetes.io"


def _hoisted(spec: Source) -> dict[str, Any]:
    """The spec as upstream's internal form has it."""
    versions: list[dict[str, Any]] = [dict(version) for version in spec.get("versions") or ()]
    result = {**spec, "versions": versions}
    if not versions:
        return result
    for field, above in _HOISTED.items():
        first = versions[0].get(field)
        if all(same(version.get(field), first) for version in versions):
            result[above] = first
            for version in versions:
                version.pop(field, None)
    return result


def _schemas(spec: Source) -> Iterator[Schema]:
    for version in spec.get("versions") or ():
        if (schema := schema_of(version.get("schema"))) is not None:
            yield schema


def _is_structural(schema: Schema) -> bool:
    if structural_obstacle(schema):
        return False
    problems: Errors = []
    check_structural(problems, schema, "")
    return not problems


def _check_spec(errors: Errors, raw: Source, options: DefinitionOptions) -> None:
    spec = _hoisted(raw)
    group = spec.get("group") or ""
    if not group:
        errors.append(required("spec.group"))
    elif problems := is_dns1123_subdomain(group):
        errors.append(invalid("spec.group", group, ",".join(problems)))
    elif "." not in group:
        errors.append(invalid("spec.group", group, "should be a domain with at least one dot"))
    required_choice(errors, "spec.scope", spec.get("scope"), ("Cluster", "Namespaced"))
    _check_schemas_there(errors, spec, options)
    if spec.get("preserveUnknownFields") and any(
        node.get("default") is not None for schema in _schemas(raw) for node in all_subschemas(schema)
    ):
        problem = "must be false in order to use defaults in the schema"
        errors.append(invalid("spec.preserveUnknownFields", True, problem))
    _check_versions(errors, spec, raw, options)
    _check_names(errors, spec.get("names") or {}, "spec.names", needed=True)
    has_status = any((holder.get("subresources") or {}).get("status") is not None for holder in _holders(spec))
    check_validation(errors, spec.get("validation"), has_status, options, "spec.validation")
    check_subresources(errors, spec.get("subresources"), "spec.subresources")
    check_columns(errors, spec.get("additionalPrinterColumns") or (), "spec.additionalPrinterColumns")
    if fields := spec.get("selectableFields"):
        _check_hoisted_selectable(errors, fields, spec.get("validation"), options)
    _check_conversion(errors, spec, options)


def _holders(spec: Source) -> list[Source]:
    return [spec, *spec["versions"]]


def _check_schemas_there(errors: Errors, spec: Source, options: DefinitionOptions) -> None:
    if schema_of(spec.get("validation")) is not None:
        return
    if options.no_schema and spec.get("preserveUnknownFields"):
        return
    for index, version in enumerate(spec["versions"]):
        if schema_of(version.get("schema")) is not None:
            continue
        path = f"spec.versions[{index}].schema.openAPIV3Schema"
        if not options.no_schema:
            errors.append(required(path))
        elif version.get("served"):
            errors.append(required(path, "because otherwise all fields are pruned"))


def _check_versions(errors: Errors, spec: Source, raw: Source, options: DefinitionOptions) -> None:
    versions, path = spec["versions"], "spec.versions"
    for index, version in enumerate(versions):
        name, here = version.get("name") or "", f"{path}[{index}]"
        if problems := is_dns1035_label(name):
            errors.append(invalid(f"{here}.name", name, ",".join(problems)))
        check_version(errors, version, spec, options, here)
    names = [version.get("name") or "" for version in versions]
    if len(set(names)) < len(names):
        errors.append(invalid(path, raw.get("versions"), "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        problem = "must have exactly one version marked as storage version"
        errors.append(invalid(path, raw.get("versions"), problem))
    if versions and names[0] and (problems := is_dns1035_label(names[0])):
        errors.append(invalid("spec.version", names[0], ",".join(problems)))


def _check_names(errors: Errors, names: Source, path: str, *, needed: bool) -> None:
    if needed:
        fields = ("plural", "singular", "kind", "listKind")
        errors += [required(f"{path}.{field}") for field in fields if not names.get(field)]
    for field in ("plural", "singular"):
        if (name := names.get(field)) and (problems := is_dns1035_label(name)):
            errors.append(invalid(f"{path}.{field}", name, ",".join(problems)))
    for field in ("kind", "listKind"):
        if (name := names.get(field)) and (problems := is_dns1035_label(name.lower())):
            problem = f"may have mixed case, but should otherwise match: {','.join(problems)}"
            errors.append(invalid(f"{path}.{field}", name, problem))
    _check_labels(errors, names.get("shortNames") or (), f"{path}.shortNames")
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        problem = "kind and listKind may not be the same"
        errors.append(invalid(f"{path}.listKind", names["listKind"], problem))
    _check_labels(errors, names.get("categories") or (), f"{path}.categories")


def _check_labels(errors: Errors, labels: Sequence[str], path: str) -> None:
    for index, label in enumerate(labels):
        if problems := is_dns1035_label(label):
            errors.append(invalid(f"{path}[{index}]", label, ",".join(problems)))


def _check_hoisted_selectable(
    errors: Errors, fields: Sequence[Source], holder: Source | None, options: DefinitionOptions
) -> None:
    path, schema = "spec.selectableFields", schema_of(holder)
    if holder is None:
        errors.append(invalid(path, "", "may only be set when validations.schema is included"))
    else:
        check_selectable(errors, fields, schema or {}, path, "" in options.selectable)


def _check_conversion(errors: Errors, spec: Source, options: DefinitionOptions) -> None:
    conversion, path = spec.get("conversion"), "spec.conversion"
    if conversion is None:
        return
    strategy, webhook = conversion.get("strategy"), conversion.get("webhook") or {}
    client, reviews = webhook.get("clientConfig"), webhook.get("conversionReviewVersions") or ()
    if strategy != "None" and spec.get("preserveUnknownFields"):
        problem = "must be None if spec.preserveUnknownFields is true"
        errors.append(invalid(f"{path}.strategy", strategy or "", problem))
    required_choice(errors, f"{path}.strategy", strategy, ("None", "Webhook"))
    if strategy == "Webhook":
        _check_webhook(errors, client, f"{path}.webhookClientConfig", options)
        _check_reviews(errors, reviews, f"{path}.conversionReviewVersions", options)
        return
    problem = "should not be set when strategy is not set to Webhook"
    if client is not None:
        errors.append(forbidden(f"{path}.webhookClientConfig", problem))
    if reviews:
        errors.append(forbidden(f"{path}.conversionReviewVersions", problem))


def _check_webhook(errors: Errors, client: Source | None, path: str, options: DefinitionOptions) -> None:
    if client is None:
        errors.append(required(path, "required when strategy is set to Webhook"))
        return
    check_webhook_client(errors, client, path, swapped=True)
    bundle = client.get("caBundle")
    if bundle and not options.any_bundle and (problem := ca_bundle_problem(bundle)):
        errors.append(invalid(f"{path}.caBundle", bundle, problem))


def _check_reviews(errors: Errors, versions: Sequence[str], path: str, options: DefinitionOptions) -> None:
    if not versions:
        errors.append(required(path))
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.append(invalid(f"{path}[{index}]", version, "duplicate version"))
        else:
            flag(errors, f"{path}[{index}]", version, is_dns1035_label(version))
    if not options.any_review and not any(version in _REVIEWS for version in versions):
        errors.append(invalid(path, versions, f"must include at least one of {', '.join(_REVIEWS)}"))


def _check_status(errors: Errors, obj: Object) -> None:
    _check_names(errors, (obj.get("status") or {}).get("acceptedNames") or {}, "status.acceptedNames", needed=False)


def _check_stored_versions(errors: Errors, obj: Object) -> None:
    path, stored = "status.storedVersions", (obj.get("status") or {}).get("storedVersions") or []
    if not stored:
        errors.append(invalid(path, stored or None, "must have at least one stored version"))
        return
    versions = (obj.get("spec") or {}).get("versions") or ()
    for version in versions:
        if version.get("storage") and version.get("name") not in stored:
            errors.append(invalid(path, stored, f"must have the storage version {version.get('name') or ''}"))
    names = {version.get("name") for version in versions}
    for index, name in enumerate(stored):
        if name not in names:
            problem = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {name} and removes "
                f"{name} from status.storedVersions"
            )
            errors.append(invalid(f"{path}[{index}]", name, problem))


def _approval(annotation: str) -> str:
    """What the annotation says: nothing, that the group is bypassed or approved, or nonsense."""
    if not annotation:
        return "missing"
    if annotation.startswith("unapproved"):
        return "bypassed"
    try:
        url = urlsplit(annotation)
    except ValueError:
        return "invalid"
    return "approved" if url.scheme and url.netloc else "invalid"


def _check_approval(errors: Errors, obj: Object, old: Object | None) -> None:
    """Groups of the community need an approval."""
    group = f".{(obj.get('spec') or {}).get('group') or ''}"
    if not group.endswith((".k8s.io", ".kubernetes.io")):
        return
    text, before = (((o or {}).get("metadata") or {}).get("annotations", {}).get(_APPROVAL, "") for o in (obj, old))
    state = _approval(text)
    if old is not None and state == _approval(before):
        return
    path, needed = (
        f"metadata.annotations[{_APPROVAL}]",
        f"protected groups must have approval annotation {quote(_APPROVAL)}",
    )
    link = "see https://github.com/kubernetes/enhancements/pull/1111"
    if state == "missing":
        errors.append(required(path, f"{needed}, {link}"))
    elif state == "invalid":
        problem = f'{needed} with either a URL or a reason starting with "unapproved", {link}'
        errors.append(invalid(path, text, problem))


def _check_preserve(errors: Errors, obj: Object, old: Object | None) -> None:
    now, before = (((o or {}).get("spec") or {}).get("preserveUnknownFields") for o in (obj, old))
    if now and not before:
        problem = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        )
        errors.append(invalid("spec.preserveUnknownFields", True, problem))


def _check_rest(errors: Errors, obj: Object, old: Object | None) -> None:
    _check_status(errors, obj)
    _check_stored_versions(errors, obj)
    _check_approval(errors, obj, old)
    _check_preserve(errors, obj, old)


def _create(obj: Object, value_check: ValueCheck) -> Errors:
    spec = obj.get("spec") or {}
    wanted = f"{(spec.get('names') or {}).get('plural') or ''}.{spec.get('group') or ''}"

    def name_rule(name: str, prefix: bool) -> Sequence[str]:
        problems = list(name_is_dns_subdomain(name, prefix))
        return problems if name == wanted else [*problems, 'must be spec.names.plural+"."+spec.group']

    errors = validate_object_meta(obj["metadata"], False, name_rule, standard_finalizers=False)
    _check_spec(errors, spec, DefinitionOptions(value_check))
    _check_rest(errors, obj, None)
    return errors


def _is_established(obj: Object) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Established" and one.get("status") == "True" for one in conditions)


def _stored(new: Object, old: Object, value_check: ValueCheck) -> DefinitionOptions:
    spec = old.get("spec") or {}
    schemas = list(_schemas(spec))
    structural = all(map(_is_structural, schemas))
    webhook = (spec.get("conversion") or {}).get("webhook") or {}
    reviews = webhook.get("conversionReviewVersions") or ()
    bundle = (webhook.get("clientConfig") or {}).get("caBundle")
    return DefinitionOptions(
        value_check=value_check,
        schema=stored_options(schemas),
        any_review=bool(reviews) and not any(version in _REVIEWS for version in reviews),
        any_bundle=not _is_established(old) or bool(bundle and ca_bundle_problem(bundle)),
        no_schema=len(schemas) < len(spec.get("versions") or ()),
        unstructured=bool((new.get("spec") or {}).get("preserveUnknownFields")) and not structural,
        unpruned=structural and any(map(has_unknown_default, schemas)),
        selectable=_overselected(new.get("spec") or {}, spec),
    )


def _overselected(spec: Source, old: Source) -> frozenset[str]:
    """The versions whose selectable fields were too many and are the same still."""
    now, before = _hoisted(spec), _hoisted(old)
    pairs = [("", now, before)]
    stored = {version.get("name"): version for version in before["versions"]}
    pairs += [(v.get("name") or "", v, stored.get(v.get("name"), {})) for v in now["versions"]]
    return frozenset(
        name
        for name, one, other in pairs
        if len(other.get("selectableFields") or ()) > MAX_SELECTABLE
        and same(one.get("selectableFields"), other.get("selectableFields"))
    )


def _update(new: Object, old: Object, value_check: ValueCheck) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"], standard_finalizers=False)
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    _check_spec(errors, spec, _stored(new, old, value_check))
    names, known = spec.get("names") or {}, before.get("names") or {}
    if _is_established(old):
        immutable(errors, "spec.scope", spec.get("scope") or "", before.get("scope") or "")
        immutable(errors, "spec.names.kind", names.get("kind") or "", known.get("kind") or "")
    immutable(errors, "spec.group", spec.get("group") or "", before.get("group") or "")
    immutable(errors, "spec.names.plural", names.get("plural") or "", known.get("plural") or "")
    _check_rest(errors, new, old)
    return errors


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"], standard_finalizers=False)
    _check_status(errors, new)
    return errors


def custom_resource_definition(value_check: ValueCheck = accept_any) -> Validator:
    """``value_check`` judges the defaults in schemas by the schemas themselves."""
    return validator(
        lambda obj: _create(obj, value_check),
        lambda new, old: _update(new, old, value_check),
        _status,
        namespaced=False,
    )


CUSTOM_RESOURCE_DEFINITION = custom_resource_definition()
