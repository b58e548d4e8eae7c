"""kill -9 in the middle of writes: what was acknowledged is there afterwards, and watches go on where they were."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from apimachinery.status import StatusError
from client.api import Client
from client.errors import TransportError
from client.resources import CONFIGMAPS
from kubejazz.testing import Kubejazz, start

WRITERS = 8
BEFORE_THE_KILL = 300


class _Writers:
    """Threads that create config maps until the server is gone, and remember what was acknowledged."""

    def __init__(self, server: Kubejazz) -> None:
        self.acknowledged: dict[str, int] = {}
        self.enough = threading.Event()
        self._lock = threading.Lock()
        self._server = server
        self.threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def _write(self, number: int) -> None:
        with closing(Client.from_kubeconfig(str(self._server.kubeconfig), user_agent="writer")) as client:
            self._write_until_refused(client, number)

    def _write_until_refused(self, client: Client, number: int) -> None:
        for count in range(100_000):
            name = f"w{number}-{count}"
            body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
            try:
                created = client.create(CONFIGMAPS, "default", body)
            except (TransportError, StatusError):
                return
            with self._lock:
                self.acknowledged[name] = int(created["metadata"]["resourceVersion"])
                if len(self.acknowledged) >= BEFORE_THE_KILL:
                    self.enough.set()


def _list(client: Client) -> dict[str, int]:
    items = client.list(CONFIGMAPS, "default")["items"]
    return {item["metadata"]["name"]: int(item["metadata"]["resourceVersion"]) for item in items}


def test_every_acknowledged_write_survives_and_watches_resume_from_their_last_revision(tmp_path: Path) -> None:
    server = start(tmp_path)
    writers = _Writers(server)
    for thread in writers.threads:
        thread.start()
    assert writers.enough.wait(60), f"only {len(writers.acknowledged)} writes"
    server.kill()
    for thread in writers.threads:
        thread.join()
    port = server.url.rpartition(":")[2]
    again = start(tmp_path, port=port)
    try:
        with closing(Client.from_kubeconfig(str(again.kubeconfig), user_agent="reader")) as client:
            _check(client, writers.acknowledged)
    finally:
        assert again.stop() == 0


def _check(client: Client, acknowledged: dict[str, int]) -> None:
    stored = _list(client)
    lost = {name for name, revision in acknowledged.items() if stored.get(name) != revision}
    assert not lost
    revisions = sorted(stored.values())
    assert len(set(revisions)) == len(revisions), "a revision was given twice"
    half = sorted(acknowledged.values())[len(acknowledged) // 2]
    expected = [revision for revision in revisions if revision > half]
    with client.watch(CONFIGMAPS, "default", resource_version=str(half), timeout=5) as events:
        seen = [int(event["object"]["metadata"]["resourceVersion"]) for event, _ in zip(events, expected, strict=False)]
    assert seen == expected
    fresh = client.create(CONFIGMAPS, "default", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}})
    assert int(fresh["metadata"]["resourceVersion"]) > max(revisions)
