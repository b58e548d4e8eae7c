"""POST to a collection."""

from __future__ import annotations

from apimachinery.objects import Object
from server.api import Api
from server.endpoints.body import read_object
from server.endpoints.common import Admitting, entry_response, field_manager, responder_for, write_context
from server.patch.managed import record_update
from server.registry.metadata import dedup_owner_references, match_namespace, wipe_system_fields
from server.registry.options import read_write_options
from server.registry.served import Served
from server.request import Answer, Request

DUPLICATE_OWNERS = (
    ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject "
    "such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {uids}"
)


async def create(api: Api, served: Served, request: Request) -> Answer:
    """201 with the stored object."""
    responder = responder_for(api, served, request)
    options = read_write_options(request.query, "CreateOptions")
    obj = await read_object(request, served.gvk, served.type, options.field_validation)
    await request.breathe()
    manager = field_manager(request, options)
    obj = prepare_new(api, served, request, obj, manager)
    admitting = Admitting(api, served, request, "CREATE", dry_run=options.dry_run)
    await admitting.mutate(obj, None)
    await request.breathe()
    context = write_context(request, manager, dry_run=options.dry_run, validating=admitting.validate)
    entry = await served.registry.create(context, obj)
    return entry_response(responder, entry, 201)


def prepare_new(api: Api, served: Served, request: Request, obj: Object, manager: str) -> Object:
    """A decoded new object, made ready for admission: defaults, namespace, field ownership; in the stored version."""
    wipe_system_fields(obj)
    match_namespace(obj, request.info.namespace if served.resource.namespaced else "")
    served.apply_defaults(obj)
    if repeated := dedup_owner_references(obj):
        request.warnings.append(DUPLICATE_OWNERS.format(uids=", ".join(repeated)))
    strategy = served.registry.strategy
    if strategy.has_status and not strategy.keeps_created_status:
        obj.pop("status", None)
    record_update(
        None,
        obj,
        served.type,
        manager=manager,
        api_version=served.gvk.api_version,
        subresource="",
        now=api.clock.now(),
        convert=served.convert,
    )
    return served.to_stored(obj)
