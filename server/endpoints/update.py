"""PUT of an object, or of a view of it (a subresource)."""

from __future__ import annotations

from apimachinery.objects import Object
from apimachinery.status import BadRequest
from server.api import Api
from server.endpoints.body import read_object
from server.endpoints.common import field_manager
from server.endpoints.create import DUPLICATE_OWNERS
from server.endpoints.views import View
from server.endpoints.writing import ViewWrite
from server.registry.metadata import dedup_owner_references
from server.registry.options import read_write_options
from server.registry.served import Served
from server.request import Answer, Request


async def update(api: Api, served: Served, view: View, request: Request) -> Answer:
    """200, or 201 where the kind may be created by PUT."""
    options = read_write_options(request.query, "UpdateOptions")
    write = ViewWrite(api, served, view, request, options, field_manager(request, options))
    obj = await read_object(request, view.gvk, view.type, options.field_validation)
    await request.breathe()
    check_name(obj, request)
    view.apply_defaults(obj)
    if repeated := dedup_owner_references(obj):
        request.warnings.append(DUPLICATE_OWNERS.format(uids=", ".join(repeated)))

    async def replace(live: Object | None) -> Object:
        return {**obj, "metadata": dict(obj["metadata"])}

    return await write.run(replace, allow_create=view.may_create and served.registry.strategy.allow_create_on_update)


def check_name(obj: Object, request: Request) -> None:
    """The object must be the one the URL names."""
    info, metadata = request.info, obj["metadata"]
    name, namespace = metadata.get("name", ""), metadata.get("namespace", "")
    if not name:
        raise BadRequest(f"the name of the object ({info.name} based on URL) was undeterminable: name must be provided")
    if name != info.name:
        raise BadRequest(f"the name of the object ({name}) does not match the name on the URL ({info.name})")
    if info.namespace and namespace and namespace != info.namespace and info.resource != "namespaces":
        raise BadRequest(
            f"the namespace of the object ({namespace}) does not match the namespace on the request ({info.namespace})"
        )
