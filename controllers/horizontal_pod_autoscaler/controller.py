"""The thin shell: looks at every autoscaler once in each period."""

from __future__ import annotations

from apimachinery.objects import Object, key_of
from client.ratelimit import FixedLimiter
from client.resources import HORIZONTALPODAUTOSCALERS, PODS
from client.workqueue import WorkQueue
from controllers.controller import Context, Controller, Loop
from controllers.horizontal_pod_autoscaler.evaluation import Evaluator
from controllers.horizontal_pod_autoscaler.memory import Memory
from controllers.horizontal_pod_autoscaler.metrics import Metrics
from controllers.horizontal_pod_autoscaler.reconcile import Pass, Surroundings
from controllers.horizontal_pod_autoscaler.replicas import Patience
from controllers.horizontal_pod_autoscaler.targets import Kinds
from controllers.shared.indexes import BY_NAMESPACE

NAME = "horizontal-pod-autoscaler-controller"
COMPONENT = "horizontal-pod-autoscaler"
WORKERS = 5


class Autoscalers:
    def __init__(self, context: Context) -> None:
        settings = context.settings.autoscaler
        self._period = settings.sync_period
        self.queue = WorkQueue(context.clock, FixedLimiter(self._period))
        autoscalers = context.informer(HORIZONTALPODAUTOSCALERS)
        self._autoscalers = autoscalers.store
        self._memory = Memory(context.informer(PODS, indexers=BY_NAMESPACE).store, context.clock)
        kinds = Kinds(context.client)
        patience = Patience(settings.cpu_initialization_period, settings.initial_readiness_delay)
        evaluator = Evaluator(Metrics(context.client), kinds, patience, context.clock.now)
        recorder = context.recorder(COMPONENT)
        self._all = Surroundings(context.client, context.clock, recorder, kinds, evaluator, self._memory, settings)
        autoscalers.add_handler(self._enqueue, lambda old, new: self._enqueue(new), self._deleted)

    def sync(self, key: str) -> None:
        autoscaler = self._autoscalers.get(key)
        if autoscaler is None:
            return
        try:
            Pass(self._all, key, autoscaler).run()
        finally:
            self.queue.add_after(key, self._period)

    def _enqueue(self, autoscaler: Object) -> None:
        """Like upstream, never at once: changes are looked at with the next period."""
        self.queue.add_after(key_of(autoscaler), self._period)

    def _deleted(self, autoscaler: Object) -> None:
        self._memory.forget(key_of(autoscaler))


def build_horizontal_pod_autoscaler(context: Context) -> Controller:
    autoscalers = Autoscalers(context)
    return Controller(NAME, (Loop(autoscalers.queue, autoscalers.sync, WORKERS),))
