"""Every controller beside things of many kinds: when nothing happens, nobody asks for anything."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from client.api import Client
from client.resources import NAMESPACES
from kubejazz.testing import start
from tests.controllers.live import controllers, eventually
from tests.story.chaos.content import content

QUIET, REST = 1.0, 3.0
"""Seconds."""
BY_THE_CLOCK = ("HorizontalPodAutoscaler", "CronJob")
"""Kinds of which something is done now and then whatever happens."""
DISCOVERY = Counter(GET=2)
"""What the garbage collector asks each half minute."""


def test_a_namespace_full_of_everything_costs_no_request_at_rest(tmp_path: Path) -> None:
    server = start(tmp_path)
    client = Client.from_kubeconfig(str(server.kubeconfig), user_agent="test/1")
    try:
        client.create(NAMESPACES, "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "full"}})
        for gvr, obj in content():
            if obj["kind"] not in BY_THE_CLOCK:
                client.create(gvr, "full", obj)
        with controllers(server) as running:
            eventually(lambda: running.requests["POST"] > 20)
            eventually(lambda: not _asked_within(running.requests, QUIET), patience=30)
            assert not _asked_within(running.requests, REST) - DISCOVERY
    finally:
        client.close()
        server.stop()


def _asked_within(requests: Counter[str], seconds: float) -> Counter[str]:
    before = Counter(requests)
    time.sleep(seconds)
    return Counter(requests) - before
