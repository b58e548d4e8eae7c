"""The official client's leader election: the second candidate leads once the first cannot renew any more."""

from __future__ import annotations

import queue
import threading

from kubernetes import config
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock
from report import Context, run


class Losing(LeaseLock):
    """A lock that can be lost."""

    lost = threading.Event()

    def update(self, *arguments):
        return not self.lost.is_set() and super().update(*arguments)


def election(context: Context):
    said: queue.Queue[str] = queue.Queue()

    def run_candidate(lock):
        def started():
            said.put(f"{lock.identity} leads")

        def stopped():
            said.put(f"{lock.identity} stopped")

        options = {"lease_duration": 3, "renew_deadline": 2, "retry_period": 1}
        candidate = electionconfig.Config(lock, onstarted_leading=started, onstopped_leading=stopped, **options)
        threading.Thread(target=leaderelection.LeaderElection(candidate).run, daemon=True).start()

    first = Losing("election", context.namespace, "first")
    run_candidate(first)
    saw = [said.get(timeout=20)]
    run_candidate(LeaseLock("election", context.namespace, "second"))
    first.lost.set()
    return [*saw, said.get(timeout=20), said.get(timeout=20)]


if __name__ == "__main__":
    config.load_kube_config()
    run("kubernetes", election)
