"""What a plugin answers. None stands for success everywhere, so that the common case costs nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Code(Enum):
    SUCCESS = "Success"
    ERROR = "Error"
    """Something went wrong; the pod is tried again after a delay, whatever happens in the cluster."""
    UNSCHEDULABLE = "Unschedulable"
    """Not now; evicting other pods might help."""
    UNSCHEDULABLE_AND_UNRESOLVABLE = "UnschedulableAndUnresolvable"
    """Not now, and evicting other pods cannot help."""
    SKIP = "Skip"
    """The plugin has nothing to say about this pod: do not ask it again in this cycle."""
    WAIT = "Wait"
    """The plugin will say later."""


_REJECTED = (Code.UNSCHEDULABLE, Code.UNSCHEDULABLE_AND_UNRESOLVABLE)


@dataclass(frozen=True, slots=True)
class Status:
    """``reasons`` are counted over nodes and shown to users; ``plugin`` is filled in by whoever called it."""

    code: Code
    reasons: tuple[str, ...] = ()
    plugin: str = ""
    rejected: bool = field(init=False)
    """The pod does not fit, as opposed to: something went wrong."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rejected", self.code in _REJECTED)

    @property
    def message(self) -> str:
        return ", ".join(self.reasons)


SKIP = Status(Code.SKIP)
WAIT = Status(Code.WAIT)


def unschedulable(*reasons: str, plugin: str = "") -> Status:
    return Status(Code.UNSCHEDULABLE, reasons, plugin)


def unresolvable(*reasons: str, plugin: str = "") -> Status:
    return Status(Code.UNSCHEDULABLE_AND_UNRESOLVABLE, reasons, plugin)


def error(*reasons: str, plugin: str = "") -> Status:
    return Status(Code.ERROR, reasons, plugin)
