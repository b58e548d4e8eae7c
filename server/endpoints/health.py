"""/healthz, /livez and /readyz: plain text, each with its checks as sub-paths.

Source: k8s.io/apiserver/pkg/server/healthz.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from server.request import Answer, Handler, Request, text

_NO_SNIFF = ((b"x-content-type-options", b"nosniff"),)


class Check(NamedTuple):
    """``fails()`` tells why it fails, or None. Asked at every probe: it must not block."""

    name: str
    fails: Callable[[], str | None]


def handlers(path: str, checks: Sequence[Check]) -> Mapping[str, Handler]:
    """The handlers of ``/healthz`` (or livez, readyz) and of each of its checks."""
    served: dict[str, Handler] = {f"/{path}": _all(path, checks)}
    for check in checks:
        served[f"/{path}/{check.name}"] = _one(check)
    return served


def _one(check: Check) -> Handler:
    async def handle(request: Request) -> Answer:
        why = check.fails()
        return text(200, "ok") if why is None else text(500, f"internal server error: {why}\n", _NO_SNIFF)

    return handle


def _all(path: str, checks: Sequence[Check]) -> Handler:
    async def handle(request: Request) -> Answer:
        excluded = set(request.query.get("exclude", ()))
        lines, failed = [], []
        for check in checks:
            if check.name in excluded:
                lines.append(f"[+]{check.name} excluded: ok\n")
            elif check.fails() is None:
                lines.append(f"[+]{check.name} ok\n")
            else:
                lines.append(f"[-]{check.name} failed: reason withheld\n")
                failed.append(check.name)
        unknown = sorted(excluded - {check.name for check in checks})
        if unknown:
            listed = ", ".join(f'"{name}"' for name in unknown)
            lines.append(f"warn: some health checks cannot be excluded: no matches for {listed}\n")
        if failed:
            return text(500, "".join(lines) + f"{path} check failed\n", _NO_SNIFF)
        if "verbose" in request.query:
            return text(200, "".join(lines) + f"{path} check passed\n", _NO_SNIFF)
        return text(200, "ok", _NO_SNIFF)

    return handle
