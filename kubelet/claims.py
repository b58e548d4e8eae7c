"""Looks up the claims, config maps, secrets and trust bundles of pods about to start, beside the engine: asking the API
takes its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from apimachinery.clock import Clock
from apimachinery.objects import Object, namespace_of
from apimachinery.status import StatusError
from client.api import Client
from client.errors import ClientClosed, TransportError
from client.resources import CLUSTERTRUSTBUNDLES, CONFIGMAPS, PERSISTENTVOLUMECLAIMS, SECRETS
from client.workqueue import WorkQueue
from kubelet.pods.bundles import bundles_of, mount_report, selected
from kubelet.pods.claims import claims_of, problem_of, report
from kubelet.pods.files import CONFIG_MAP, SECRET, Files, files_of, missing_key
from kubelet.runtimes.runtime import Outcome

Answer = Callable[[Outcome], None]
_RESOURCES = {CONFIG_MAP: CONFIGMAPS, SECRET: SECRETS}


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
        """Are all claims of the pod bound, and what its volumes show there? Answers once, from a worker."""
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
        pod, client = question.pod, self._client_of(question.node)
        message = _claims_report(client, pod) or _files_report(client, pod) or _bundles_report(client, pod)
        return Outcome(not message, message)


def _claims_report(client: Client, pod: Object) -> str:
    problems: dict[str, tuple[str, str]] = {}
    for volume, name in claims_of(pod):
        try:
            why = problem_of(client.get(PERSISTENTVOLUMECLAIMS, namespace_of(pod), name))
        except ClientClosed:
            raise
        except (StatusError, TransportError) as error:
            why = f"failed to fetch PVC from API server: {error}"
        if why:
            problems[volume] = (name, why)
    return report(pod, problems) if problems else ""


def _files_report(client: Client, pod: Object) -> str:
    """Of the first volume that cannot be made."""
    for files in files_of(pod):
        try:
            why = missing_key(files, client.get(_RESOURCES[files.kind], namespace_of(pod), files.name))
        except ClientClosed:
            raise
        except StatusError as error:
            why = _not_found(files) if error.code == HTTPStatus.NOT_FOUND else str(error)
        except TransportError as error:
            why = str(error)
        if why:
            return mount_report(files.volume, why)
    return ""


def _not_found(files: Files) -> str:
    return f'{files.kind} "{files.name}" not found'


def _bundles_report(client: Client, pod: Object) -> str:
    """Of the first volume that cannot be made."""
    for volume, source in bundles_of(pod):
        try:
            why = _bundle_problem(client, source)
        except ClientClosed:
            raise
        except (StatusError, TransportError) as error:
            why = f"while getting ClusterTrustBundle: {error}"
        if why:
            return mount_report(volume, why)
    return ""


def _bundle_problem(client: Client, source: Object) -> str:
    if source.get("name"):
        client.get(CLUSTERTRUSTBUNDLES, "", source["name"])
        return ""
    if selected(source, client.list(CLUSTERTRUSTBUNDLES).get("items") or ()):
        return ""
    return "combination of signerName and labelSelector matched zero ClusterTrustBundles"
