"""What is asked of an object of a custom resource, on create, update and writes to its status.

Source: k8s.io/apiextensions-apiserver/pkg/registry/customresource (strategy.go, status_strategy.go, validator.go).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from apimachinery.fielderrors import FieldError
from apimachinery.objects import Object
from server.custom.embedded import has_embedded
from server.custom.embedded import validate as validate_embedded
from server.custom.listtypes import check_lists, has_list_types
from server.custom.rules import check_rules, has_rules
from server.custom.scale import ScalePaths, validate_scale
from server.custom.values import NEW, ROOT, checker
from server.validation.objectmeta import validate_object_meta
from server.validation.rules import name_is_dns_subdomain
from server.validation.structural import Schema
from server.validation.validator import Validator, metadata_update, on_update

Errors = list[FieldError]


@dataclass(frozen=True, slots=True)
class Rules:
    """What one version of a definition asks; ``scale`` is None without that subresource."""

    schema: Schema
    namespaced: bool
    scale: ScalePaths | None = None

    def validator(self) -> Validator:
        check = checker(self.schema)
        status = checker((self.schema.get("properties") or {}).get("status") or {})
        embedded, listed, ruled = has_embedded(self.schema), has_list_types(self.schema), has_rules(self.schema)

        def values(obj: Object, old: Any) -> Errors:
            errors: Errors = []
            check(errors, obj, "", old)
            if self.scale is not None:
                errors += validate_scale(obj, self.scale)
            if embedded:
                errors += validate_embedded(obj, self.schema)
            return errors

        def lists(obj: Object, old: Object | None) -> Errors:
            """Repeated keys that were there before are let be."""
            if not listed or (old is not None and check_lists(old, self.schema)):
                return []
            return check_lists(obj, self.schema)

        def with_rules(errors: Errors, obj: Object, old: Any) -> Errors:
            if ruled:
                check_rules(errors, obj, old, self.schema)
            return errors

        def create(obj: Object) -> Errors:
            errors = validate_object_meta(obj["metadata"], self.namespaced, name_is_dns_subdomain)
            return with_rules(errors + values(obj, NEW) + lists(obj, None), obj, NEW)

        def update(new: Object, old: Object) -> Errors:
            return with_rules(metadata_update(new, old) + values(new, old) + lists(new, old), new, old)

        def update_status(new: Object, old: Object) -> Errors:
            errors: Errors = []
            if "status" in new:
                status(errors, new["status"], "", old.get("status", NEW))
            errors = metadata_update(new, old) + [_below_status(error) for error in errors]
            if self.scale is not None:
                errors += validate_scale(new, self.scale, spec=False)
            return with_rules(errors + lists(new, old), new, old)

        return Validator(create, on_update(update, self.namespaced), on_update(update_status, self.namespaced))


def _below_status(error: FieldError) -> FieldError:
    if error.field == ROOT:
        return replace(error, field="status")
    return replace(error, field=f"status{'' if error.field.startswith('[') else '.'}{error.field}")
