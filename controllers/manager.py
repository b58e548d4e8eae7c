"""Runs the controllers: builds each with a client of its own and shared informers, starts it when it has seen the
cluster, and ends all of it within two seconds. It decides nothing about any object.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import NamedTuple

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.objects import Object
from client.api import Client
from client.informer import InformerSet
from client.leaderelection import USUAL_TIMES, LeaderElector, LeaseTimes
from client.recorder import EventRecorder
from client.workers import Workers
from controllers.account_tokens.cleaner import build_legacy_token_cleaner
from controllers.account_tokens.controller import build_account_tokens
from controllers.bootstrap.cleaner import build_token_cleaner
from controllers.bootstrap.signer import build_bootstrap_signer
from controllers.certificates.approver import build_approver
from controllers.certificates.cleaner import build_cleaner
from controllers.certificates.signer import build_signer
from controllers.controller import Build, Context, Controller
from controllers.cronjob.controller import build_cronjob
from controllers.daemonset.controller import build_daemonset
from controllers.deployment.controller import build_deployment
from controllers.disruption.controller import build_disruption
from controllers.endpoints.endpoints_controller import build_endpoints
from controllers.endpoints.mirror_controller import build_slice_mirror
from controllers.endpoints.slice_controller import build_endpoint_slices
from controllers.ephemeral_volume import build_ephemeral_volume
from controllers.garbage_collector.controller import build_garbage_collector
from controllers.horizontal_pod_autoscaler.controller import build_horizontal_pod_autoscaler
from controllers.host_path.expander import build_volume_expander
from controllers.host_path.provisioner import build_host_path_provisioner
from controllers.job.controller import build_job
from controllers.namespace.controller import build_namespace
from controllers.node_lifecycle.controller import build_node_lifecycle
from controllers.pod_gc import build_pod_gc
from controllers.replicaset.controller import build_replicaset, build_replicationcontroller
from controllers.resource_quota import build_resource_quota
from controllers.role_aggregation import build_role_aggregation
from controllers.root_ca import build_root_ca
from controllers.service_account import build_service_account
from controllers.service_cidr import build_service_cidr
from controllers.settings import NO_SETTINGS, Settings
from controllers.statefulset.controller import build_statefulset
from controllers.storage_migration.controller import build_storage_migration
from controllers.taint_eviction import build_taint_eviction
from controllers.ttl_after_finished import build_ttl_after_finished
from controllers.volume_binder.controller import build_volume_binder
from controllers.volume_protection.controllers import (
    build_claim_protection,
    build_class_protection,
    build_volume_protection,
)

log = logging.getLogger(__name__)

NAME = "kube-controller-manager"
"""Of the leader lease, in kube-system."""


class Entry(NamedTuple):
    name: str
    build: Build


CONTROLLERS: tuple[Entry, ...] = (
    Entry("certificatesigningrequest-approving-controller", build_approver),
    Entry("certificatesigningrequest-signing-controller", build_signer),
    Entry("replicaset-controller", build_replicaset),
    Entry("replicationcontroller-controller", build_replicationcontroller),
    Entry("garbage-collector-controller", build_garbage_collector),
    Entry("namespace-controller", build_namespace),
    Entry("serviceaccount-controller", build_service_account),
    Entry("serviceaccount-token-controller", build_account_tokens),
    Entry("legacy-serviceaccount-token-cleaner-controller", build_legacy_token_cleaner),
    Entry("node-lifecycle-controller", build_node_lifecycle),
    Entry("taint-eviction-controller", build_taint_eviction),
    Entry("pod-garbage-collector-controller", build_pod_gc),
    Entry("deployment-controller", build_deployment),
    Entry("endpointslice-controller", build_endpoint_slices),
    Entry("endpoints-controller", build_endpoints),
    Entry("service-cidr-controller", build_service_cidr),
    Entry("endpointslice-mirroring-controller", build_slice_mirror),
    Entry("root-ca-certificate-publisher-controller", build_root_ca),
    Entry("job-controller", build_job),
    Entry("cronjob-controller", build_cronjob),
    Entry("daemonset-controller", build_daemonset),
    Entry("statefulset-controller", build_statefulset),
    Entry("disruption-controller", build_disruption),
    Entry("ttl-after-finished-controller", build_ttl_after_finished),
    Entry("clusterrole-aggregation-controller", build_role_aggregation),
    Entry("persistentvolumeclaim-protection-controller", build_claim_protection),
    Entry("persistentvolume-protection-controller", build_volume_protection),
    Entry("volumeattributesclass-protection-controller", build_class_protection),
    Entry("persistentvolume-binder-controller", build_volume_binder),
    Entry("persistentvolume-expander-controller", build_volume_expander),
    Entry("host-path-provisioner-controller", build_host_path_provisioner),
    Entry("ephemeral-volume-controller", build_ephemeral_volume),
    Entry("storage-version-migrator-controller", build_storage_migration),
    Entry("resourcequota-controller", build_resource_quota),
    Entry("certificatesigningrequest-cleaner-controller", build_cleaner),
    Entry("token-cleaner-controller", build_token_cleaner),
    Entry("bootstrap-signer-controller", build_bootstrap_signer),
    Entry("horizontal-pod-autoscaler-controller", build_horizontal_pod_autoscaler),
)
"""In the order in which they begin: nodes wait for the first two."""

_PARALLEL_WRITES = 24
_LOOK_AGAIN = 0.02  # seconds
_WORKERS_END = 0.8
_EVENTS_END = 0.4

ClientFor = Callable[[str], Client]


def run(
    client_for: ClientFor,
    stop: threading.Event,
    names: Collection[str] | None = None,
    leader_elect: bool = False,
    clock: Clock = REAL_CLOCK,
    times: LeaseTimes = USUAL_TIMES,
    settings: Settings = NO_SETTINGS,
) -> None:
    """Blocks until ``stop`` is set; returns within 2 s then.

    ``client_for(name)``: a client that acts in the name of that controller. ``names``: the controllers to run, all by
    default; ValueError for one there is not. ``leader_elect``: work only while holding the lease, else wait;
    ``times``: the lease's. Raises AuthorityError and KeyFileError for files in ``settings`` that cannot
    be used.
    """
    chosen = _choose(names)
    if not leader_elect:
        _run(chosen, client_for, stop, clock, settings)
        return
    identity = f"{socket.gethostname()}_{uuid.uuid4()}"
    client = client_for("leader-election")
    try:
        while not stop.is_set():
            _lead(client, identity, lambda lost: _run(chosen, client_for, lost, clock, settings), times).run(stop)
    finally:
        client.close()


def _lead(client: Client, identity: str, work: Callable[[threading.Event], None], times: LeaseTimes) -> LeaderElector:
    return LeaderElector(client, "kube-system", NAME, identity, work, lambda: log.info("not leading"), times=times)


def _choose(names: Collection[str] | None) -> tuple[Entry, ...]:
    if names is None:
        return CONTROLLERS
    unknown = set(names) - {entry.name for entry in CONTROLLERS}
    if unknown:
        raise ValueError(f"no such controller: {', '.join(sorted(unknown))}")
    return tuple(entry for entry in CONTROLLERS if entry.name in names)


class _Resources:
    """What a run opens; closed in the order that lets work under way come to its end."""

    def __init__(self, client_for: ClientFor, clock: Clock) -> None:
        self._client_for = client_for
        self._clock = clock
        self._clients: list[Client] = []
        self._recorders: list[EventRecorder] = []
        self.workers: list[Workers] = []
        self.executor = ThreadPoolExecutor(_PARALLEL_WRITES, thread_name_prefix="writes")

    def client(self, name: str) -> Client:
        client = self._client_for(name)
        self._clients.append(client)
        return client

    def recorder(self, client: Client, component: str) -> EventRecorder:
        recorder = EventRecorder(client, component, clock=self._clock)
        self._recorders.append(recorder)
        return recorder

    def close(self) -> None:
        for workers in self.workers:
            workers.stop()
        _each_until(_WORKERS_END, [workers.join for workers in self.workers])
        self.executor.shutdown(wait=False, cancel_futures=True)
        _each_until(_EVENTS_END, [recorder.close for recorder in self._recorders])
        for client in self._clients:
            client.close()


def _each_until(seconds: float, ends: Iterable[Callable[[float], object]]) -> None:
    """Call each with what is left of the time."""
    deadline = time.monotonic() + seconds
    for end in ends:
        end(max(deadline - time.monotonic(), 0.01))


def _run(
    entries: tuple[Entry, ...], client_for: ClientFor, stop: threading.Event, clock: Clock, settings: Settings
) -> None:
    with closing(_Resources(client_for, clock)) as resources:
        informers = InformerSet(resources.client("shared-informers"), transform=_trim, clock=clock)
        built = []
        for entry in entries:
            client = resources.client(entry.name)
            context = Context(client, informers, clock, stop, resources.executor, resources.recorder, settings)
            built.append((context, entry.build(context)))
        informers.start(stop)
        _start(built, resources.workers, stop)
        stop.wait()


def _trim(obj: Object) -> Object:
    """Nobody here reads managedFields, which are a third of many objects; a write without them leaves them alone."""
    obj["metadata"].pop("managedFields", None)
    return obj


def _start(built: list[tuple[Context, Controller]], workers: list[Workers], stop: threading.Event) -> None:
    """Start each controller as soon as it has seen the cluster; returns when all are, or when ``stop`` is set."""
    waiting = built
    while waiting and not stop.wait(_LOOK_AGAIN):
        ready = [pair for pair in waiting if pair[0].synced()]
        waiting = [pair for pair in waiting if pair not in ready]
        for _, controller in ready:
            controller.prepare()
            for loop in controller.loops:
                started = Workers(controller.name, loop.queue, loop.sync, loop.workers)
                started.start()
                workers.append(started)
            log.info("%s has started", controller.name)
