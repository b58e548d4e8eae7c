"""Samples and objects, short to write."""

from __future__ import annotations

from typing import Any

from metricsserver.samples import Point, Scrape
from metricsserver.usage import Usage

MI = 1024 * 1024
KEY = ("default", "web", "main")


def scrape(at: float, cpu: float, memory: float = 10 * MI, started: float = 0.0, node: float | None = None) -> Scrape:
    """Of one container; ``node``: the node's CPU seconds."""
    point = None if node is None else Point(node, 100 * MI, at)
    return Scrape(point, {KEY: Point(cpu, memory, at, started)})


def usage_of(*scrapes: Scrape, node: str = "node-1") -> Usage:
    usage = Usage()
    for each in scrapes:
        usage = usage.after({node: each}, [node])
    return usage


def pod(name: str, namespace: str = "default", **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}}
