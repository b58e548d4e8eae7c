"""Requests for one pod per second: create, get, update, patch, delete, at 1, 16 and 64 in flight."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bench.load import Connection, Job, Request, Round, connections, run
from bench.pods import Namespace, renumbered, renumbering_patch
from bench.table import Table
from bench.target import Target

IN_FLIGHT = (1, 16, 64)
PROTOCOLS = ("HTTP/1.1", "HTTP/2")
VERBS = ("create", "get", "update", "patch", "delete")
TARGETS = {("create", "HTTP/1.1", 64): 1400, ("get", "HTTP/1.1", 64): 7000}
MOST_PODS = 2000
STRATEGIC = "application/strategic-merge-patch+json"


class Measured(NamedTuple):
    verb: str
    protocol: str
    in_flight: int
    round: Round


async def measure(target: Target, namespace: Namespace, seconds: float) -> list[Measured]:
    """Each verb for about ``seconds``; the pods made are gone at the end."""
    await _five(target, namespace, "HTTP/1.1", 16, seconds)  # the first seconds of a process are slower
    results = []
    for protocol in PROTOCOLS:
        for in_flight in IN_FLIGHT:
            results += await _five(target, namespace, protocol, in_flight, seconds)
    return results


async def _five(target: Target, namespace: Namespace, protocol: str, in_flight: int, seconds: float) -> list[Measured]:
    made = await connections(target, protocol, in_flight)
    pods: dict[int, bytes] = {}
    jobs = _jobs(namespace, pods)
    results = []
    try:
        for verb in VERBS:
            numbers = range(MOST_PODS) if verb == "create" else _rounds(list(pods), verb)
            # Deleting has no end but the last pod's: none may be left behind.
            result = await run(target, made, jobs[verb], numbers, seconds if verb != "delete" else 600.0)
            results.append(Measured(verb, protocol, in_flight, result))
    finally:
        for connection in made:
            connection.close()
    return results


def _rounds(pods: list[int], verb: str) -> list[int]:
    """Those pods once for a deletion, else again and again: never one in two requests at the same time."""
    return pods if verb == "delete" else pods * 100


def _jobs(namespace: Namespace, pods: dict[int, bytes]) -> dict[str, Job]:
    """``pods``: what was stored last. An update sends that back changed, as a client that read it would."""
    count = iter(range(1, 1 << 60))

    def storing(request: Callable[[int], Request]) -> Job:
        async def job(connection: Connection, number: int) -> None:
            pods[number] = await connection.ask(request(number))

        return job

    def deleting(number: int) -> Request:
        return Request("DELETE", f"{namespace.path(number)}?gracePeriodSeconds=0")

    return {
        "create": storing(namespace.create_pod),
        "get": storing(lambda n: Request("GET", namespace.path(n))),
        "update": storing(lambda n: Request("PUT", namespace.path(n), renumbered(pods[n], next(count)))),
        "patch": storing(lambda n: Request("PATCH", namespace.path(n), renumbering_patch(next(count)), STRATEGIC)),
        "delete": storing(deleting),
    }


async def bare(target: Target, in_flight: int, seconds: float) -> Round:
    """GETs of 2 KB from a server that does nothing but answer."""
    made = await connections(target, "HTTP/1.1", in_flight)
    request = Request("GET", "/api/v1/namespaces/default/pods/x")
    result = await run(target, made, lambda connection, _: connection.ask(request), range(1 << 60), seconds)
    for connection in made:
        connection.close()
    return result


def table(title: str, results: list[Measured], peers: dict[str, Round], others: float) -> Table:
    """``peers``: of bare servers at 64 in flight; the last column is a rate as a share of the first of them.

    ``others``: the share of the machine that was taken by processes which have nothing to do with it.
    """
    columns = (
        f"request (others took {others:.0%} of the machine)",
        "protocol",
        "in flight",
        "per s",
        "target",
        "server CPU",
        "load CPU",
        "of the bare listener",
    )
    whole = next(iter(peers.values())).rate if peers else 0.0
    rows = [_row(f"GET of {peer}", "HTTP/1.1", 64, result, whole) for peer, result in peers.items()]
    rows += [_row(m.verb, m.protocol, m.in_flight, m.round, whole) for m in results]
    return Table(title, "bench.api", columns, rows)


def _row(verb: str, protocol: str, in_flight: int, result: Round, whole: float) -> tuple[str, ...]:
    target = TARGETS.get((verb, protocol, in_flight))
    return (
        verb,
        protocol,
        str(in_flight),
        f"{result.rate:,.0f}",
        f"≥ {target:,}" if target else "",
        f"{result.cpu_each:,.0f} µs" if result.cpu else "–",
        f"{result.load / result.seconds:.0%}",
        f"{result.rate / whole:.2f}" if whole else "–",
    )
