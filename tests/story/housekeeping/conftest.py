"""One cluster of three nodes for all of these stories; each has a namespace of its own."""

from __future__ import annotations

import json
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kubejazz.testing import Kubejazz, start

PATIENCE = 20.0


class Story:
    """kubectl in a namespace."""

    def __init__(self, cluster: Kubejazz, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return self.cluster.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def apply(self, *objects: dict[str, Any]) -> None:
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def get(self, *arguments: str) -> Any:
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def until(self, holds: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"{what}: not after {PATIENCE} s"
            time.sleep(0.1)

    def wait(self, name: str, condition: str) -> None:
        self.kubectl("wait", name, f"--for={condition}", f"--timeout={PATIENCE:.0f}s")

    def events(self, about: str) -> list[tuple[str, str, str]]:
        """(type, reason, message) of the events about ``kind/name``."""
        kind, _, name = about.partition("/")
        fields = f"involvedObject.kind={kind},involvedObject.name={name}"
        found = self.get("events", "--field-selector", fields)["items"]
        return [(event["type"], event["reason"], event["message"]) for event in found]


@pytest.fixture(scope="package")
def cluster() -> Iterator[Kubejazz]:
    with tempfile.TemporaryDirectory(prefix="kubejazz-") as folder:
        running = start(Path(folder), nodes=3)
        yield running
        running.stop()


@pytest.fixture
def story(request: pytest.FixtureRequest, cluster: Kubejazz) -> Story:
    name = f"story-{zlib.crc32(request.node.nodeid.encode()):x}"
    cluster.kubectl("create", "namespace", name)
    return Story(cluster, name)
