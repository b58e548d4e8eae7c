"""What a check is, and what it is given: a cluster, a namespace of its own, bounded waiting, and clean-up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from conformance.api import Api, Object, message_of
from conformance.kinds import NAMESPACES, SERVICE_ACCOUNTS, Kind

T = TypeVar("T")

WAIT = 60.0
"""Seconds a check waits for what a cluster should do soon."""

_FIRST_PAUSE, _SLOWER, _LONGEST_PAUSE = 0.1, 1.2, 0.6
"""Seconds between two looks at what is waited for: others need the processor too."""

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Failed(AssertionError):
    """The cluster did not behave as the official test demands; the message says how."""


@dataclass(frozen=True, slots=True)
class Check:
    """A behaviour: the official codename without its trailing ``[Conformance]…`` tags is not enough; it is exact."""

    codename: str
    run: Callable[[Case], None]
    timeout: float = 180.0
    """Seconds after which it counts as failed."""
    alone: bool = False
    """It disturbs other checks (taints a node, say), so it runs when they are over."""


class Case:
    """One run of a check. Whatever ``defer`` was told is undone afterwards, also when the check fails."""

    def __init__(self, api: Api, kubeconfig: Path | None = None) -> None:
        self.api = api
        self.kubeconfig = kubeconfig
        """For checks that drive kubectl; None: kubectl finds its own."""
        self.suffix = "".join(random.choices(_LETTERS, k=8))
        self._undo: list[Callable[[], Any]] = []
        self._counter = 0

    @cached_property
    def namespace(self) -> str:
        """A namespace of this run alone, made when first asked for; it has its default service account."""
        name = self.new_namespace()
        self.eventually(lambda: self.api.get(SERVICE_ACCOUNTS, name, "default"), "the default service account")
        return name

    def new_namespace(self, **labels: str) -> str:
        name = self.unique("conformance")
        self.api.create(NAMESPACES, "", {"metadata": {"name": name, "labels": {"conformance": self.suffix, **labels}}})
        self.defer(lambda: self.api.delete(NAMESPACES, "", name))
        return name

    def unique(self, prefix: str) -> str:
        """A name nobody else uses."""
        self._counter += 1
        return f"{prefix}-{self.suffix}-{self._counter}"

    def defer(self, undo: Callable[[], Any]) -> None:
        self._undo.append(undo)

    def create(self, kind: Kind, body: Object, namespace: str | None = None) -> Object:
        """Create it, in this run's namespace if the kind has namespaces; a cluster's object is removed afterwards."""
        if kind.namespaced:
            return self.api.create(kind, self.namespace if namespace is None else namespace, body)
        made = self.api.create(kind, "", body)
        name = made["metadata"]["name"]
        self.defer(lambda: self.api.delete(kind, "", name))
        return made

    def get(self, kind: Kind, name: str) -> Object:
        return self.api.get(kind, self.namespace if kind.namespaced else "", name)

    def close(self) -> None:
        """Undo everything, last first; what is gone already is fine."""
        while self._undo:
            undo = self._undo.pop()
            try:
                undo()
            except (ApiException, HTTPError):
                continue

    # asserting

    def equal(self, found: object, expected: object, what: str) -> None:
        if found != expected:
            raise Failed(f"{what}: expected {expected!r}, found {found!r}")

    def true(self, condition: object, what: str) -> None:
        if not condition:
            raise Failed(what)

    def contains(self, found: Object | None, expected: Object, what: str) -> None:
        """Every entry of ``expected`` is in ``found``."""
        got = {key: (found or {}).get(key) for key in expected}
        self.equal(got, expected, what)

    def refused(
        self, status: int | tuple[int, ...], call: Callable[..., Any], *arguments: Any, says: str = "", **options: Any
    ) -> None:
        """The call is answered with that status, or one of them (and a message that holds ``says``)."""
        try:
            call(*arguments, **options)
        except ApiException as error:
            wanted = (status,) if isinstance(status, int) else status
            self.true(error.status in wanted, f"a refusal with {wanted}, found {error.status}: {message_of(error)}")
            self.true(says in message_of(error), f"a refusal should say {says!r}: {message_of(error)}")
            return
        raise Failed(f"the request should be refused with {status}, but was accepted")

    # waiting

    def eventually(self, ask: Callable[[], T], what: str, timeout: float = WAIT, pause: float = _FIRST_PAUSE) -> T:
        """The first true value of ``ask``; a 404 or a conflict counts as not yet. Asks less often as time goes by."""
        end = time.monotonic() + timeout
        last: object = None
        while True:
            try:
                value = ask()
                if value:
                    return value
            except ApiException as error:
                if error.status not in (404, 409):
                    raise
                last = f"{error.status} {message_of(error)}"
            if time.monotonic() > end:
                raise Failed(f"waited {timeout:.0f} s for {what}" + (f" ({last})" if last else ""))
            time.sleep(pause)
            pause = min(pause * _SLOWER, max(pause, _LONGEST_PAUSE))

    def gone(self, kind: Kind, name: str, timeout: float = WAIT, namespace: str | None = None) -> None:
        """Wait until there is no such object."""
        where = (self.namespace if namespace is None else namespace) if kind.namespaced else ""

        def missing() -> bool:
            try:
                self.api.get(kind, where, name)
            except ApiException as error:
                if error.status == 404:
                    return True
                raise
            return False

        self.eventually(missing, f"{kind.name} {name} to be gone", timeout)

    def steady(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        """Stays true for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.true(holds(), what)
            time.sleep(0.25)

    def event(self, events: Iterator[Object], kind: str, matches: Callable[[Object], bool] = bool) -> Object:
        """The object of the first event of that type that matches; whatever else comes before it is passed over."""
        for event in events:
            if event["type"] == "ERROR":
                raise Failed(f"the watch ended with an error: {event['object']}")
            if event["type"] == kind and matches(event["object"]):
                return dict(event["object"])
        raise Failed(f"the watch ended without the expected {kind} event")

    def changed(self, kind: Kind, name: str, change: Callable[[Object], None], subresource: str = "") -> Object:
        """Read, change, write; again after a conflict."""
        where = self.namespace if kind.namespaced else ""

        def attempt() -> Object:
            current = self.api.get(kind, where, name, subresource)
            change(current)
            return self.api.update(kind, where, current, subresource)

        return self.eventually(attempt, f"an update of {kind.name} {name} without a conflict")
