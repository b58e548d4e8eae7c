"""What a step of the pod machine asks the engine to do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from apimachinery.objects import Object

NORMAL, WARNING = "Normal", "Warning"


class CreateSandbox(NamedTuple):
    pass


class LookAtClaims(NamedTuple):
    """Are the claims of its volumes bound?"""

    token: str


class PullImage(NamedTuple):
    image: str
    token: str


class StartContainer(NamedTuple):
    container: Object
    attempt: int


class StopContainer(NamedTuple):
    name: str
    grace: float


class Invoke(NamedTuple):
    container: Object
    purpose: str
    handler: Object
    timeout: float
    token: str


class RemovePod(NamedTuple):
    pass


Action = LookAtClaims | CreateSandbox | PullImage | StartContainer | StopContainer | Invoke | RemovePod


class PodEvent(NamedTuple):
    """An event about the pod, or about one container of it (``path``: ``spec.containers{name}``)."""

    type: str
    reason: str
    message: str
    path: str = ""


@dataclass(slots=True)
class Turn:
    """One step: what the machine may look at besides itself, and what it collects."""

    pod: Object
    now: float
    has_image: Callable[[str], bool]
    actions: list[Action] = field(default_factory=list)
    events: list[PodEvent] = field(default_factory=list)
    wake: float = math.inf
    """Epoch seconds at which to step again even if nothing happens."""

    def wake_at(self, moment: float) -> None:
        if moment < self.wake:
            self.wake = moment

    def event(self, type: str, reason: str, message: str, path: str = "") -> None:
        self.events.append(PodEvent(type, reason, message, path))
