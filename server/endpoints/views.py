"""A view is a way of looking at and writing an object: the object itself, its status, its scale.

Every GET, PUT and PATCH of a subresource that shows part of its parent is one of these; the verbs are generic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.schema import Type
from server.patch.fieldset import Filter, excluding, field_set
from server.registry.served import Served
from server.registry.strategy import UpdateRules


def _nothing(obj: Object) -> None:
    """No defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """``read(parent)`` gives what is shown of an object of the served version; ``write(view, parent)`` puts a changed
    view back into a fresh copy of the parent. ``rules`` is what a write through this view may change in the parent.
    ``subresource`` is "" for the object itself. ``whole`` tells that what is shown is the object itself.
    """

    subresource: str
    gvk: GroupVersionKind
    type: Type
    rules: UpdateRules
    read: Callable[[Object], Object]
    write: Callable[[Object, Object], Object]
    whole: bool
    apply_defaults: Callable[[Object], None] = _nothing
    may_create: bool = False
    reset: Filter | None = None
    """Takes the fields out of a manager's set that this view does not write."""
    owners: Callable[[Object], list[Object]] | None = None
    """The view's managedFields out of the parent's, where what is shown is not the object itself; ``write`` puts them
    back."""

    def with_owners(self, parent: Object) -> Object:
        """What is shown, and by whom it is managed."""
        shown = self.read(parent)
        if self.owners is not None:
            shown["metadata"]["managedFields"] = self.owners(parent)
        return shown


def _itself(obj: Object) -> Object:
    return obj


def _replaced(view: Object, parent: Object) -> Object:
    return view


def whole_view(served: Served, subresource: str, rules: UpdateRules) -> View:
    """A view that shows the whole object and differs only in what may be changed through it."""
    return View(
        subresource=subresource,
        gvk=served.gvk,
        type=served.type,
        rules=rules,
        read=_itself,
        write=_replaced,
        whole=True,
        apply_defaults=served.apply_defaults,
        may_create=not subresource,
        reset=_reset(served, subresource),
    )


def _reset(served: Served, subresource: str) -> Filter | None:
    """Status is written through /status alone, and nothing else is."""
    if not served.registry.strategy.has_status:
        return None
    if subresource == "status":
        kept = () if served.registry.strategy.status_keeps_metadata else ("metadata",)
        written = ("kind", "apiVersion", *kept, "status")
        return excluding(field_set(*(name for name in served.type.fields if name not in written)))
    return excluding(field_set("status"))
