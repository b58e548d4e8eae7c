"""What all reviews have in common: POST an object, get it back with its status filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apimachinery.objects import Object
from apimachinery.status import NotAcceptable
from openapi.decode import canonicalise
from openapi.resources import Resource
from openapi.schema import type_of
from server.encoding.media import dump
from server.encoding.negotiation import MEDIA_TYPES
from server.endpoints.body import read_object
from server.endpoints.common import encoding_for
from server.registry.metadata import match_namespace
from server.registry.options import read_write_options
from server.request import Answer, Handler, Request, Response

Answering = Callable[[Request, Object], Awaitable[Object]]
"""Gives the status for a decoded review. May raise StatusErrors."""


def review_handler(resource: Resource, answering: Answering) -> Handler:
    gvk = resource.gvk

    async def handle(request: Request) -> Answer:
        encoding = encoding_for(request)
        if encoding.transform:
            raise NotAcceptable.of(MEDIA_TYPES)  # a review is not stored: there is no Table or metadata of it
        options = read_write_options(request.query, "CreateOptions")
        review = await read_object(request, gvk, type_of(gvk), options.field_validation)
        match_namespace(review, request.info.namespace)
        review["status"] = await answering(request, review)
        if not review["metadata"]:
            review["metadata"] = {}
        body = dump(canonicalise(review, type_of(gvk)), gvk, encoding)
        return Response(201, body, encoding.media_type.encode())

    return handle
