"""The road that PUT and PATCH share: from a changed view to a stored object and its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apimachinery.objects import Object
from server.api import Api
from server.authz.authorizer import Attributes, forbidden
from server.encoding.media import dump
from server.endpoints.common import Admitting, encoding_for, entry_response, responder_for, write_context
from server.endpoints.views import View
from server.patch.managed import record_update
from server.patch.values import deep_copy
from server.registry.options import WriteOptions
from server.registry.served import Served
from server.request import Answer, Request, Response
from storage.types import Entry

Change = Callable[[Object | None], Awaitable[Object]]
"""Makes the changed view from the live one (None: there is no object). Must not change its argument."""


class ViewWrite:
    """One PUT or PATCH through ``view``. With ``owns_fields`` false the change has set managedFields itself (apply)."""

    def __init__(
        self, api: Api, served: Served, view: View, request: Request, options: WriteOptions, manager: str
    ) -> None:
        self.api = api
        self.served = served
        self.view = view
        self.request = request
        self.options = options
        self.manager = manager
        self.admitting = Admitting(api, served, request, "UPDATE", dry_run=options.dry_run)
        self._responder = responder_for(api, served, request) if view.whole else None

    async def run(self, change: Change, *, allow_create: bool, owns_fields: bool = True) -> Answer:
        async def transform(stored: Object | None) -> Object:
            return await self._transform(stored, change, owns_fields=owns_fields)

        context = write_context(
            self.request, self.manager, dry_run=self.options.dry_run, validating=self.admitting.validate
        )
        entry, created = await self.served.registry.update(
            context, self.request.info.name, transform, rules=self.view.rules, allow_create=allow_create
        )
        return self._answer(entry, 201 if created else 200)

    async def _transform(self, stored: Object | None, change: Change, *, owns_fields: bool) -> Object:
        served, view = self.served, self.view
        parent = None if stored is None else served.from_stored(stored)
        shown = None if parent is None else view.with_owners(parent)
        changed = await change(shown)
        if stored is None:
            await authorize_create(self.api, self.request)
        if owns_fields:
            self._record(shown, changed)
        fresh = changed if view.whole or parent is None else view.write(changed, deep_copy(parent))
        new = served.to_stored(fresh)
        if stored is not None:
            view.rules.prepare(new, stored)
        await self.admitting.mutate(new, stored)
        return new

    def _record(self, shown: Object | None, changed: Object) -> None:
        """Note in ``changed`` which fields this manager now owns, named as in the version it speaks."""
        view = self.view
        record_update(
            shown,
            changed,
            view.type,
            manager=self.manager,
            api_version=view.gvk.api_version,
            subresource=view.subresource,
            now=self.api.clock.now(),
            reset=view.reset,
            convert=self.served.convert if view.whole else None,
        )

    def _answer(self, entry: Entry, status: int) -> Response:
        if self._responder is not None:
            return entry_response(self._responder, entry, status)
        return view_response(self.served, self.view, self.request, entry, status)


async def authorize_create(api: Api, request: Request) -> None:
    """The right to update or patch is none to make what is not there. Raises Forbidden."""
    info, user = request.info, request.user
    assert user is not None
    attributes = Attributes(
        user=user,
        verb="create",
        path=info.path,
        is_resource=True,
        group=info.group,
        version=info.version,
        resource=info.resource,
        subresource=info.subresource,
        namespace=info.namespace,
        name=info.name,
    )
    verdict = await api.authorizer.authorize(attributes)
    if not verdict.allowed:
        raise forbidden(attributes, verdict.reason)


def view_response(served: Served, view: View, request: Request, entry: Entry, status: int = 200) -> Response:
    """An answer that shows only what the view shows."""
    encoding = encoding_for(request)
    body = dump(view.read(served.object_of(entry)), view.gvk, encoding)
    return Response(status, body, encoding.media_type.encode())
