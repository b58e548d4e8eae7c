"""The one place where exceptions become answers."""

from __future__ import annotations

import logging

import orjson

from apimachinery.gvk import GroupResource
from apimachinery.status import InternalError, StatusError
from server.encoding.media import dump
from server.encoding.negotiation import JSON, PLAIN_JSON, PROTOBUF, Encoding, wants_pretty
from server.encoding.responder import STATUS_KIND
from server.registry.errors import to_api_error
from server.request import Answer, ClientDisconnected, Handler, Request, Response
from storage.errors import StorageError

_PRETTY = Encoding(pretty=True)

log = logging.getLogger("kubejazz.server")


def with_errors(handler: Handler) -> Handler:
    """Answer every StatusError with its Status, a store that cannot be asked with what that means to a client, and
    anything unforeseen with a 500 and a line in the log."""

    async def handle(request: Request) -> Answer:
        try:
            return await handler(request)
        except StatusError as error:
            return answer_of(error, request)
        except StorageError as error:
            return answer_of(to_status_error(error, request), request)
        except ClientDisconnected:
            raise
        except Exception as error:
            log.exception("%s %s failed", request.method, request.info.path)
            return answer_of(InternalError.of(f"{type(error).__name__}: {error}"), request)

    return handle


def to_status_error(error: StorageError, request: Request) -> StatusError:
    """What a store that cannot be asked means to the client."""
    info = request.info
    return to_api_error(error, GroupResource(info.group, info.resource), info.name, info.verb)


def answer_of(error: StatusError, request: Request) -> Response:
    encoding = _encoding(request)
    if encoding is PLAIN_JSON:
        body = orjson.dumps(error.to_status()) + b"\n"
    else:
        body = dump(error.to_status(), STATUS_KIND, encoding)
    headers = []
    if error.retry_after and error.status_code in (429, 503, 504, 500):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if error.status_code == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return Response(error.status_code, body, encoding.media_type.encode(), headers)


def _encoding(request: Request) -> Encoding:
    """Errors are JSON, except for a client that asks for protobuf alone."""
    accept = request.header(b"accept")
    if accept.split(",", 1)[0].split(";", 1)[0].strip() == PROTOBUF and JSON not in accept:
        return Encoding(PROTOBUF)
    pretty = request.param_unchecked("pretty")
    return _PRETTY if wants_pretty(pretty, request.header(b"user-agent")) else PLAIN_JSON
