"""What a kind offers the registry: three functions that say what is wrong with a write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apimachinery.fielderrors import FieldError
from apimachinery.objects import Object
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.rules import NameRule, name_is_dns_subdomain, name_is_path_segment

Create = Callable[[Object], list[FieldError]]
Update = Callable[[Object, Object], list[FieldError]]


@dataclass(frozen=True, slots=True)
class Validator:
    """The validation of one kind, on decoded, defaulted objects of the stored version, which it never changes.

    ``update(new, old)`` is asked for writes to the main resource; ``status`` for those to /status, or None where
    ``update`` serves both. An empty list means valid. ``groups``: what writes in other API groups are held to instead.
    """

    create: Create
    update: Update
    status: Update | None = None
    groups: Mapping[str, Validator] = field(default_factory=dict)

    def of(self, group: str) -> Validator:
        """What a write in that API group is held to."""
        return self.groups.get(group, self)


def validator(create: Create, update: Update, status: Update | None = None, *, namespaced: bool = True) -> Validator:
    """A kind's own rules, each update preceded by what is asked of the metadata of every kind.

    Source: rest.ValidateUpdate of k8s.io/apiserver. Most kinds check their metadata too, so that a problem there is
    told twice, as upstream tells it.
    """
    return Validator(create, on_update(update, namespaced), on_update(status, namespaced) if status else None)


def on_update(own: Update, namespaced: bool = True) -> Update:
    """A kind's own rules for one way to update it, after those of every kind."""

    def check(new: Object, old: Object) -> list[FieldError]:
        meta = new["metadata"]
        errors = validate_object_meta(meta, namespaced, name_is_path_segment, standard_finalizers=False)
        errors += validate_object_meta_update(meta, old["metadata"], standard_finalizers=False)
        return errors + own(new, old)

    return check


def generic(name_rule: NameRule = name_is_dns_subdomain, *, namespaced: bool = True) -> Validator:
    """The validation of a kind of which only the metadata is checked."""

    def create(obj: Object) -> list[FieldError]:
        return validate_object_meta(obj["metadata"], namespaced, name_rule)

    return validator(create, metadata_update, metadata_update, namespaced=namespaced)


def metadata_update(new: Object, old: Object) -> list[FieldError]:
    """An update of which only the metadata is checked."""
    return validate_object_meta_update(new["metadata"], old["metadata"])
