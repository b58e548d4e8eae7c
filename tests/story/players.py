"""Those who write and watch while things break, and what they must have seen in the end."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from apimachinery.status import StatusError
from client.api import Client
from client.errors import TransportError
from client.resources import CONFIGMAPS
from kubejazz.testing import Kubejazz


class Ledger:
    """What was acknowledged, by revision; and what was asked for without an answer, by name."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, str] = {}
        self.twice: list[int] = []
        self._change = threading.Condition()

    def note(self, revision: int, name: str) -> None:
        with self._change:
            if revision in self.acknowledged:
                self.twice.append(revision)
            self.acknowledged[revision] = name
            self._change.notify_all()

    def wait_for_more(self, count: int, timeout: float) -> None:
        with self._change:
            target = len(self.acknowledged) + count
            assert self._change.wait_for(lambda: len(self.acknowledged) >= target, timeout), "writes do not go on"


class Player(threading.Thread):
    """Goes on over every death of the server, until told to stop."""

    def __init__(self, kubeconfig: Path) -> None:
        super().__init__()
        self.stopping = threading.Event()
        self.trouble: BaseException | None = None
        self._kubeconfig = kubeconfig

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                try:
                    with closing(Client.from_kubeconfig(str(self._kubeconfig), user_agent="player")) as client:
                        self.play(client)
                except (TransportError, StatusError):
                    self.stopping.wait(0.05)
        except BaseException as error:
            self.trouble = error
            raise

    def play(self, client: Client) -> None:
        raise NotImplementedError


class Writer(Player):
    """Creates, and updates what it has just created: both by name and by compare-and-swap."""

    def __init__(self, kubeconfig: Path, number: int, ledger: Ledger) -> None:
        super().__init__(kubeconfig)
        self._number = number
        self._ledger = ledger
        self._count = 0

    def play(self, client: Client) -> None:
        while not self.stopping.is_set():
            self._count += 1
            name = f"w{self._number}-{self._count}"
            body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
            made = client.create(CONFIGMAPS, "default", body)
            self._ledger.note(int(made["metadata"]["resourceVersion"]), name)
            changed = client.update(CONFIGMAPS, "default", name, {**made, "data": {"n": "1"}})
            self._ledger.note(int(changed["metadata"]["resourceVersion"]), name)


class Watcher(Player):
    def __init__(self, kubeconfig: Path, revision: int) -> None:
        super().__init__(kubeconfig)
        self.seen: list[tuple[int, str]] = []
        self.position = revision

    def play(self, client: Client) -> None:
        with client.watch(CONFIGMAPS, "default", resource_version=str(self.position), timeout=60) as events:
            for event in events:
                metadata = event["object"]["metadata"]
                self.position = int(metadata["resourceVersion"])
                if event["type"] != "BOOKMARK":
                    self.seen.append((self.position, metadata["name"]))


def newest_revision(server: Kubejazz) -> int:
    with closing(Client.from_kubeconfig(str(server.kubeconfig), user_agent="reader")) as client:
        return int(client.list(CONFIGMAPS, "default")["metadata"]["resourceVersion"])


def check(server: Kubejazz, ledger: Ledger, watcher: Watcher, first: int) -> None:
    """What ``server`` has is what was acknowledged, or more; the watcher has seen all of it after ``first``."""
    assert not ledger.twice, "a revision was given twice"
    with closing(Client.from_kubeconfig(str(server.kubeconfig), user_agent="reader")) as client:
        listed = client.list(CONFIGMAPS, "default")
    stored = {item["metadata"]["name"]: int(item["metadata"]["resourceVersion"]) for item in listed["items"]}
    newest: dict[str, int] = {}
    for revision, name in ledger.acknowledged.items():
        newest[name] = max(revision, newest.get(name, 0))
    assert [name for name, revision in newest.items() if stored.get(name, 0) < revision] == []
    wait_for(watcher, max(stored.values()))
    revisions = [revision for revision, _ in watcher.seen]
    assert revisions == sorted(set(revisions)), "a change was seen twice, or out of order"
    assert revisions[0] > first
    assert ledger.acknowledged.items() <= dict(watcher.seen).items(), "an acknowledged write was never seen"


def wait_for(watcher: Watcher, revision: int) -> None:
    deadline = time.monotonic() + 20
    while watcher.position < revision:
        assert time.monotonic() < deadline, "the watcher does not get to the end"
        time.sleep(0.02)
