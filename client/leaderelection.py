"""One of several instances leads: the holder of a Lease that it keeps renewing (client-go tools/leaderelection).

Clocks of different machines are never compared: a lease has run out when this instance has not seen it change for its
duration, measured on this instance's own clock. Rates of clocks must not differ by more than
lease_duration / renew_deadline.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.objects import Object
from apimachinery.status import Conflict, NotFound, StatusError
from apimachinery.timefmt import format_micro_time
from client.api import Client
from client.errors import TransportError
from client.resources import LEASES

log = logging.getLogger(__name__)

_JITTER = 1.2
_FIELDS = ("holderIdentity", "leaseDurationSeconds", "acquireTime", "renewTime", "leaseTransitions")
_FINISH = 1.5  # seconds that the work gets to end before the lease is kept instead of released


class LeaseTimes(NamedTuple):
    """Seconds. ``lease_duration``: how long others wait for a leader that is silent; ``renew_deadline``: when one that
    cannot renew gives up; ``retry_period``: between attempts."""

    lease_duration: float = 15
    renew_deadline: float = 10
    retry_period: float = 2

    def check(self) -> None:
        """Raises ValueError."""
        if not self.lease_duration > self.renew_deadline > self.retry_period * _JITTER > 0:
            raise ValueError("lease_duration > renew_deadline > 1.2 * retry_period > 0 must hold")
        if self.lease_duration < 1:
            raise ValueError("lease_duration must be a second or more")


USUAL_TIMES = LeaseTimes()


class LeaderElector:
    def __init__(
        self,
        client: Client,
        namespace: str,
        name: str,
        identity: str,
        on_started: Callable[[threading.Event], object],
        on_stopped: Callable[[], object],
        *,
        times: LeaseTimes = USUAL_TIMES,
        on_new_leader: Callable[[str], object] | None = None,
        clock: Clock = REAL_CLOCK,
        random: Random | None = None,
    ) -> None:
        """``on_started`` runs on a thread of its own and must return soon after the event it is given is set.

        ``on_stopped`` is called when :meth:`run` returns, also when it never led.
        """
        times.check()
        if not identity:
            raise ValueError("an identity is needed")
        self.identity = identity
        self._client = client.with_timeout(times.renew_deadline / 2)
        self._namespace = namespace
        self._name = name
        self._on_started = on_started
        self._on_stopped = on_stopped
        self._on_new_leader = on_new_leader
        self._times = times
        self._clock = clock
        self._random = random or Random()
        self._lease: Object = {}  # as last read or written
        self._observed: Mapping[str, Any] = {}  # its record
        self._observed_at = 0.0  # when that last changed, monotonic
        self._reported = ""

    @property
    def leader(self) -> str:
        """The last holder seen, "" if none."""
        return str(self._observed.get("holderIdentity") or "")

    @property
    def is_leader(self) -> bool:
        return self.leader == self.identity

    def run(self, stop: threading.Event) -> None:
        """Wait for the lease, lead until ``stop`` is set or the lease is lost, release it, return."""
        try:
            if not self._acquire(stop):
                return
            lost = threading.Event()
            work = threading.Thread(target=self._on_started, args=(lost,), name=f"leading {self._name}", daemon=True)
            work.start()
            self._renew(stop)
            lost.set()
            work.join(_FINISH)
            if not work.is_alive():
                self._release()
        finally:
            self._on_stopped()

    def try_acquire_or_renew(self) -> bool:
        """One attempt; whether this instance holds the lease now."""
        try:
            return self._attempt()
        except (StatusError, TransportError) as error:
            log.info("lease %s/%s: %s", self._namespace, self._name, error)
            return False
        finally:
            self._report_leader()

    def _acquire(self, stop: threading.Event) -> bool:
        while not stop.is_set():
            if self.try_acquire_or_renew():
                log.info("%s leads by lease %s/%s", self.identity, self._namespace, self._name)
                return True
            stop.wait(self._times.retry_period * (1 + self._random.random() * _JITTER))
        return False

    def _renew(self, stop: threading.Event) -> None:
        """Returns when ``stop`` is set, or when no attempt has succeeded for the renew deadline."""
        renewed_at = self._clock.monotonic()
        while not stop.wait(self._times.retry_period):
            if self.try_acquire_or_renew():
                renewed_at = self._clock.monotonic()
            elif self._clock.monotonic() - renewed_at >= self._times.renew_deadline:
                log.warning("%s lost lease %s/%s", self.identity, self._namespace, self._name)
                return

    def _attempt(self) -> bool:
        if self.is_leader and self._is_valid() and self._renew_unseen():
            return True
        try:
            lease = self._client.get(LEASES, self._namespace, self._name)
        except NotFound:
            self._create()
            return True
        self._observe(lease)
        if self.leader and self._is_valid() and not self.is_leader:
            return False
        self._update(lease)
        return True

    def _renew_unseen(self) -> bool:
        """Renew without reading first, which succeeds unless someone else has written the lease.

        A server that does not answer is not asked again: there is no time for it before the lease runs out.
        """
        try:
            self._update(self._lease)
        except StatusError as error:
            log.debug("lease %s/%s: %s; reading it", self._namespace, self._name, error)
            return False
        return True

    def _create(self) -> None:
        lease = {
            "kind": "Lease",
            "apiVersion": LEASES.api_version,
            "metadata": {"name": self._name, "namespace": self._namespace},
            "spec": self._record(acquired=None, transitions=0),
        }
        self._wrote(self._client.create(LEASES, self._namespace, lease))

    def _update(self, lease: Object) -> None:
        """Write ourselves into the lease as last read; its resourceVersion makes sure that nobody was faster."""
        old = lease.get("spec") or {}
        transitions = int(old.get("leaseTransitions") or 0)
        if self.is_leader:
            spec = self._record(acquired=old.get("acquireTime"), transitions=transitions)
        else:
            spec = self._record(acquired=None, transitions=transitions + 1)
        changed = {**lease, "spec": {**old, **spec}}
        self._wrote(self._client.update(LEASES, self._namespace, self._name, changed))

    def _record(self, *, acquired: str | None, transitions: int) -> Object:
        now = format_micro_time(self._clock.now())
        return {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": int(self._times.lease_duration),
            "acquireTime": acquired or now,
            "renewTime": now,
            "leaseTransitions": transitions,
        }

    def _release(self) -> None:
        """Let others take over at once. A renewal of ours may still have been under way: read and try again."""
        for _ in range(3):
            try:
                lease = self._client.get(LEASES, self._namespace, self._name)
                spec = lease.get("spec") or {}
                if spec.get("holderIdentity") != self.identity:
                    return
                now = format_micro_time(self._clock.now())
                released = {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": now, "acquireTime": now}
                self._client.update(LEASES, self._namespace, self._name, {**lease, "spec": {**spec, **released}})
                self._observed = {}
                return
            except Conflict:
                continue
            except (StatusError, TransportError) as error:
                log.info("cannot release lease %s/%s: %s", self._namespace, self._name, error)
                return

    def _observe(self, lease: Object) -> None:
        """Take note of what was read: a record that has not changed does not start anew."""
        record = _record_of(lease)
        self._lease = lease
        if record != self._observed:
            self._observed = record
            self._observed_at = self._clock.monotonic()

    def _wrote(self, lease: Object) -> None:
        self._lease = lease
        self._observed = _record_of(lease)
        self._observed_at = self._clock.monotonic()

    def _is_valid(self) -> bool:
        duration = float(self._observed.get("leaseDurationSeconds") or 0)
        return self._observed_at + duration > self._clock.monotonic()

    def _report_leader(self) -> None:
        if self.leader != self._reported:
            self._reported = self.leader
            if self._on_new_leader is not None:
                self._on_new_leader(self.leader)


def _record_of(lease: Object) -> Mapping[str, Any]:
    spec = lease.get("spec") or {}
    return {field: spec.get(field) for field in _FIELDS}
