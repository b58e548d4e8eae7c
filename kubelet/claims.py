"""Looks up the claims of pods that are about to start, beside the engine: a question to the API takes its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from apimachinery.clock import Clock
from apimachinery.objects import Object, namespace_of
from apimachinery.status import StatusError
from client.api import Client
from client.errors import ClientClosed, TransportError
from client.resources import PERSISTENTVOLUMECLAIMS
from client.workqueue import WorkQueue
from kubelet.pods.claims import claims_of, problem_of, report
from kubelet.runtimes.runtime import Outcome

Answer = Callable[[Outcome], None]


class _Question(NamedTuple):
    pod: Object
    node: str
    answer: Answer


class ClaimReader:
    """:meth:`look` may be called from any thread and does not block; workers call :meth:`sync` with the uids of
    ``queue``."""

    def __init__(self, client_of: Callable[[str], Client], clock: Clock) -> None:
        """``client_of``: the client of a node, by its name."""
        self.queue = WorkQueue(clock)
        self._client_of = client_of
        self._lock = threading.Lock()
        self._questions: dict[str, _Question] = {}

    def look(self, node: str, pod: Object, answer: Answer) -> None:
        """Are all claims of the pod bound? Answers once, from a worker."""
        uid = pod["metadata"]["uid"]
        with self._lock:
            self._questions[uid] = _Question(pod, node, answer)
        self.queue.add(uid)

    def sync(self, uid: str) -> None:
        with self._lock:
            question = self._questions.pop(uid, None)
        if question is None:
            return
        try:
            outcome = self._look(question)
        except ClientClosed:
            return
        question.answer(outcome)

    def _look(self, question: _Question) -> Outcome:
        problems: dict[str, tuple[str, str]] = {}
        client = self._client_of(question.node)
        for volume, name in claims_of(question.pod):
            try:
                why = problem_of(client.get(PERSISTENTVOLUMECLAIMS, namespace_of(question.pod), name))
            except ClientClosed:
                raise
            except (StatusError, TransportError) as error:
                why = f"failed to fetch PVC from API server: {error}"
            if why:
                problems[volume] = (name, why)
        return Outcome(not problems, report(question.pod, problems) if problems else "")
