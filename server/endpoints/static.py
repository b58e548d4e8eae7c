"""Paths that are not resources: an exact look-up, and the list of all of them for whoever is lost."""

from __future__ import annotations

import platform
from collections.abc import Awaitable, Callable, Mapping, Sequence

import orjson

from apimachinery.status import MethodNotAllowed, NotFound
from server.endpoints.catalog import METHOD_NOT_ALLOWED
from server.request import Answer, Handler, Request, Response, text

Elsewhere = Callable[[Request], Awaitable[Answer | None]]

API_MAJOR, API_MINOR = "1", "37"


def version_info(build: str) -> dict[str, str]:
    """/version; ``build`` is this program's own version. Clients read major, minor and gitVersion."""
    return {
        "major": API_MAJOR,
        "minor": API_MINOR,
        "emulationMajor": API_MAJOR,
        "emulationMinor": API_MINOR,
        "minCompatibilityMajor": API_MAJOR,
        "minCompatibilityMinor": "36",
        "gitVersion": f"v{API_MAJOR}.{API_MINOR}.0+kubejazz.{build}",
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": f"python{platform.python_version()}",
        "compiler": platform.python_implementation().lower(),
        "platform": f"{platform.system().lower()}/{_ARCHITECTURES.get(platform.machine(), platform.machine())}",
    }


_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def json_handler(content: Mapping[str, object]) -> Handler:
    body = orjson.dumps(content, option=orjson.OPT_INDENT_2)

    async def handle(request: Request) -> Answer:
        return Response(200, body)

    return handle


class StaticPaths:
    """``handlers`` by path without a trailing slash. GET and HEAD only.

    ``elsewhere`` are asked in order about paths that are not among them, until one has an answer.
    """

    def __init__(self, handlers: Mapping[str, Handler], elsewhere: Sequence[Elsewhere] = ()) -> None:
        self._handlers = dict(handlers)
        self._elsewhere = tuple(elsewhere)
        self._index = orjson.dumps({"paths": sorted(handlers)}, option=orjson.OPT_INDENT_2)

    async def __call__(self, request: Request) -> Answer:
        path = request.info.path
        handler = self._handlers.get(path) or self._handlers.get(path.rstrip("/"))
        if handler is not None:
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed(METHOD_NOT_ALLOWED, {})
            return await handler(request)
        for ask in self._elsewhere:
            answer = await ask(request)
            if answer is not None:
                return answer
        if path == "/":
            return Response(200, self._index)
        if path.startswith("/apis/"):
            if "/".join(path.split("/")[:3]) in self._handlers:
                raise NotFound.path()
            return text(404, "404 page not found\n")
        return Response(404, self._index)
