"""GETs of one pod counted by load generators that are not ours, h2load and wrk, beside a bare Hypercorn that answers
as many bytes: what bench.api says must not hang on how its own load is written.

    python -m bench.generators [--seconds 3]

Who is not installed (scripts/bench-tools.sh) has no row.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.http_stack import Server, write_certificates
from bench.load import Connection, Request, connect_h1
from bench.pods import Namespace
from bench.table import Table, record
from bench.target import Target, from_kubeconfig
from kubejazz.testing import start

IN_FLIGHT = 64
WARM_UP = 1.0
STOCK = "stock Hypercorn"
READER = "system:aggregate-to-view"
"""`view` itself is put together by a controller, and none runs."""
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"


class Generator(NamedTuple):
    """``arguments`` may contain {seconds} and {headers}; the URL follows them. ``rate`` finds requests per second,
    ``refused`` the number of answers that were none of 200."""

    name: str
    protocol: str
    arguments: tuple[str, ...]
    rate: str
    refused: str


_H2LOAD = ("h2load", "-D", "{seconds}", "--warm-up-time", "1", "-t", "1")
_H2LOAD_FOUND = (r"finished in .*?, ([\d.]+) req/s", r"status codes: .* 2xx, (?!0 3xx, 0 4xx, 0 5xx)(.*)")
GENERATORS = (
    Generator(
        "wrk",
        "HTTP/1.1",
        ("wrk", "-t", "1", "-c", str(IN_FLIGHT), "-d", "{seconds}", "{headers}"),
        r"Requests/sec:\s+([\d.]+)",
        r"Non-2xx or 3xx responses: (\d+)",
    ),
    Generator("h2load", "HTTP/1.1", (*_H2LOAD, "--h1", "-c", str(IN_FLIGHT), "{headers}"), *_H2LOAD_FOUND),
    Generator(
        "h2load",
        "HTTP/2",
        (*_H2LOAD, "--npn-list=h2", "-c", "4", "-m", str(IN_FLIGHT // 4), "{headers}"),
        *_H2LOAD_FOUND,
    ),
)


class Rate(NamedTuple):
    """``cpu``: microseconds of the server for one."""

    each_second: float
    cpu: float


def command(generator: Generator, seconds: int, headers: Sequence[tuple[str, str]], url: str) -> list[str]:
    return [*_filled(generator.arguments, seconds, headers), url]


def _filled(arguments: Sequence[str], seconds: int, headers: Sequence[tuple[str, str]]) -> Iterator[str]:
    for argument in arguments:
        if argument == "{headers}":
            for name, value in headers:
                yield from ("-H", f"{name}: {value}")
        else:
            yield argument.format(seconds=seconds)


def read(generator: Generator, said: str) -> float:
    """Requests per second. Raises SystemExit for anything but answers of 200."""
    found, refused = re.search(generator.rate, said), re.search(generator.refused, said)
    if found is None or refused is not None:
        raise SystemExit(f"{generator.name} was refused:\n{said}")
    return float(found.group(1))


def measure(generator: Generator, target: Target, path: str, seconds: int) -> Rate:
    url = f"https://{target.host}:{target.port}{path}"
    before = target.cpu()
    said = subprocess.run(
        command(generator, seconds, target.headers, url), capture_output=True, text=True, check=False
    ).stdout
    rate = read(generator, said)
    ran = seconds + (WARM_UP if generator.name == "h2load" else 0.0)
    return Rate(rate, (target.cpu() - before) / (rate * ran) * 1e6)


async def with_a_token(target: Target, namespace: Namespace, admin: Connection) -> Target:
    """The generators know no client certificates: the same server for a service account that may read."""
    subject = {"kind": "ServiceAccount", "name": "bench", "namespace": namespace.name}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": READER}
    binding = {"metadata": {"name": namespace.name}, "roleRef": role, "subjects": [subject]}
    await admin.ask(Request("POST", BINDINGS, json.dumps(binding).encode()))
    path = f"/api/v1/namespaces/{namespace.name}/serviceaccounts/bench/token"
    answer = json.loads(await admin.ask(Request("POST", path, b'{"spec":{}}')))
    return Target(
        target.host,
        target.port,
        target.authority,
        headers=(("authorization", f"Bearer {answer['status']['token']}"),),
        pid=target.pid,
    )


async def of_a_pod(target: Target, seconds: int, generators: Sequence[Generator]) -> list[Rate]:
    namespace, admin = Namespace(), await connect_h1(target)
    await namespace.create(admin)
    await admin.ask(namespace.create_small(0, 1024))
    there = await with_a_token(target, namespace, admin)
    try:
        return [measure(generator, there, namespace.path(0), seconds) for generator in generators]
    finally:
        admin.close()


def ours(seconds: int, generators: Sequence[Generator]) -> list[Rate]:
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        running = start(Path(folder))
        try:
            target = from_kubeconfig(running.kubeconfig, running.process.pid)
            return asyncio.run(of_a_pod(target, seconds, generators))
        finally:
            running.stop()


def stock(seconds: int, generators: Sequence[Generator]) -> list[Rate]:
    with tempfile.TemporaryDirectory(prefix="kubejazz-bench-") as folder:
        write_certificates(Path(folder))
        server = Server(STOCK, folder)
        try:
            target = Target("127.0.0.1", server.port, Path(folder, "ca.crt").read_bytes(), pid=server.pid)
            asyncio.run(_listening(target))
            return [
                measure(generator, target, "/api/v1/namespaces/default/pods/x", seconds) for generator in generators
            ]
        finally:
            server.stop()


async def _listening(target: Target) -> None:
    """Its socket is there from the start: until it answers."""
    connection = await connect_h1(target)
    await connection.ask(Request("GET", "/"))
    connection.close()


def table(generators: Sequence[Generator], mine: Sequence[Rate], peers: Sequence[Rate]) -> Table:
    rows = [
        (
            generator.name,
            generator.protocol,
            f"{own.each_second:,.0f}",
            f"{own.cpu:,.0f} µs",
            f"{peer.each_second:,.0f}",
            f"{peer.cpu:,.0f} µs",
            f"{own.each_second / peer.each_second:.2f}",
        )
        for generator, own, peer in zip(generators, mine, peers, strict=True)
    ]
    columns = (
        f"GET of a pod, {IN_FLIGHT} in flight",
        "protocol",
        "per s",
        "server CPU",
        f"{STOCK}, 2 KB, per s",
        "its CPU",
        f"times {STOCK}",
    )
    return Table("Counted by h2load and wrk", "bench.generators", columns, rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3, help="per measurement")
    options = parser.parse_args()
    installed = [generator for generator in GENERATORS if shutil.which(generator.arguments[0])]
    if not installed:
        print("neither h2load nor wrk is installed: scripts/bench-tools.sh")
        return 0
    record(table(installed, ours(options.seconds, installed), stock(options.seconds, installed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
