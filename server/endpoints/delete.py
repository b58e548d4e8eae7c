"""DELETE of an object, and of a collection."""

from __future__ import annotations

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from apimachinery.status import BadRequest
from openapi.schema import type_of
from server.api import Api
from server.encoding.shapes import ListMeta
from server.endpoints.body import UnreadableBody, read_object
from server.endpoints.common import Admitting, entry_response, responder_for, status_response, write_context
from server.endpoints.list import list_entries
from server.endpoints.selection import select
from server.registry.delete import delete as delete_one
from server.registry.delete import delete_collection as delete_many
from server.registry.options import (
    DeleteOptions,
    delete_options_from_object,
    delete_options_from_query,
    read_list_options,
)
from server.registry.served import Served
from server.request import Answer, Request, Response

_DELETE_OPTIONS = GroupVersionKind("", "v1", "DeleteOptions")


async def delete(api: Api, served: Served, request: Request) -> Answer:
    """The object, where it is still there or its kind is answered so; otherwise a Status that names it."""
    responder = responder_for(api, served, request)
    options = await read_delete_options(request, served)
    admitting = Admitting(api, served, request, "DELETE", dry_run=options.dry_run)
    context = write_context(request, "", dry_run=options.dry_run, validating=admitting.validate)
    deletion = await delete_one(served.registry, context, request.info.name, options)
    code = 202 if not deletion.removed and options.orphan_dependents is False else 200
    if deletion.return_object:
        return entry_response(responder, deletion.entry, code)
    return status_response(request, _success(served, deletion.entry.key.name, deletion.entry.uid), code)


def _success(served: Served, name: str, uid: str) -> Object:
    group, resource = served.registry.resource
    details = {"name": name, "group": group, "kind": resource, "uid": uid}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {field: value for field, value in details.items() if value},
    }


async def read_delete_options(request: Request, served: Served) -> DeleteOptions:
    """From the body, or from the query where there is none."""
    if not request.has_body or not await request.body():
        return delete_options_from_query(request.query)
    also = (
        served.gvk._replace(kind="DeleteOptions"),
        GroupVersionKind("meta.k8s.io", "v1", "DeleteOptions"),
    )
    try:
        body = await read_object(request, _DELETE_OPTIONS, type_of(_DELETE_OPTIONS), "Ignore", also=also)
    except UnreadableBody as error:
        raise BadRequest(error.why) from None
    return delete_options_from_object(body)


async def delete_collection(api: Api, served: Served, request: Request) -> Answer:
    """The list of what was selected. Honours selectors, limit and dry run; not atomic."""
    responder = responder_for(api, served, request, is_list=True)
    list_options = read_list_options(request.query)
    options = await read_delete_options(request, served)
    admitting = Admitting(api, served, request, "DELETE", dry_run=options.dry_run)
    context = write_context(request, "", dry_run=options.dry_run, validating=admitting.validate)
    selection = select(served, list_options, request.info.namespace)
    listed = await list_entries(api, served.registry, list_options, selection)
    await delete_many(served.registry, context, listed.entries, options)
    meta = ListMeta(str(listed.revision), listed.next.encode() if listed.next else "", listed.remaining)
    return Response(200, await responder.many(listed.entries, meta), responder.content_type)
