"""Asks the authorizer about every request."""

from __future__ import annotations

import json

from apimachinery.fields import FieldRequirement, FieldSelectorError, parse_field_selector
from apimachinery.labels import Requirement, SelectorError, parse_selector
from apimachinery.names import is_path_segment_name
from apimachinery.remembering import remembered
from server.authn.user import User
from server.authz.authorizer import Attributes, Authorizer, forbidden
from server.registry.options import read_bool
from server.request import Answer, Handler, Request, text

_SELECTING = frozenset({"list", "watch", "deletecollection"})


def with_authorization(handler: Handler, authorizer: Authorizer) -> Handler:
    async def handle(request: Request) -> Answer:
        assert request.user is not None
        attributes = attributes_of(request, request.user)
        verdict = await authorizer.authorize(attributes)
        annotations = request.audit_annotations
        if not verdict.allowed and verdict.trouble:
            annotations["authorization.k8s.io/reason"] = "internal error"
            return _undecided(request)
        annotations["authorization.k8s.io/decision"] = "allow" if verdict.allowed else "forbid"
        annotations["authorization.k8s.io/reason"] = verdict.reason
        if not verdict.allowed:
            raise forbidden(attributes, verdict.reason)
        return await handler(request)

    return handle


def _undecided(request: Request) -> Answer:
    """Nobody has allowed it, and somebody could not be asked: another time the answer may be another. Why is in the
    log, which whoever asks does not see."""
    path = request.info.path.translate({ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"})
    return text(500, f"Internal Server Error: {json.dumps(path)}\n")


def attributes_of(request: Request, user: User) -> Attributes:
    info = request.info
    if not info.is_resource:
        return Attributes(user, info.verb, info.path)
    verb, name = authorization_verb(request), info.name
    selecting = verb in _SELECTING
    fields = _field_requirements(request) if selecting and "fieldSelector" in request.query else ()
    labels = (
        label_requirements_of(request.param("labelSelector")) if selecting and "labelSelector" in request.query else ()
    )
    if not name and fields and verb != "deletecollection":
        name = _selected_name(fields)
    return Attributes(
        user=user,
        verb=verb,
        path=info.path,
        is_resource=True,
        group=info.group,
        version=info.version,
        resource=info.resource,
        subresource=info.subresource,
        namespace=info.namespace,
        name=name,
        fields=fields,
        labels=labels,
    )


def _field_requirements(request: Request) -> tuple[FieldRequirement, ...]:
    """None for a selector that cannot be read: the list itself will refuse it."""
    return requirements_of(request.param("fieldSelector"))


def _selected_name(fields: tuple[FieldRequirement, ...]) -> str:
    """A list or watch of one object is as good as named."""
    name = next((value for field, op, value in fields if field == "metadata.name" and op == "="), "")
    return "" if is_path_segment_name(name) else name


@remembered(4096)
def requirements_of(selector: str) -> tuple[FieldRequirement, ...]:
    try:
        return parse_field_selector(selector).requirements
    except FieldSelectorError:
        return ()


@remembered(4096)
def label_requirements_of(selector: str) -> tuple[Requirement, ...]:
    try:
        return parse_selector(selector).requirements
    except SelectorError:
        return ()


def authorization_verb(request: Request) -> str:
    """A list with ``watch=true`` is a watch."""
    verb = request.info.verb
    if verb == "list" and "watch" in request.query and read_bool(request.query, "watch"):
        return "watch"
    return verb
