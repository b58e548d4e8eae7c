"""What can be decided for a claim or a volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from apimachinery.objects import Object

NORMAL, WARNING = "Normal", "Warning"


class Said(NamedTuple):
    """An event."""

    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class Bind:
    """Volume and claim belong together: make both say so, as far as they do not."""

    volume: Object


@dataclass(frozen=True, slots=True)
class SetClaim:
    """``said``: to be told of the claim; ``once``: only if the phase changes."""

    phase: str
    said: Said | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class AssignClass:
    name: str


@dataclass(frozen=True, slots=True)
class Provision:
    """Somebody else makes the volume, who waits for the annotation with this name."""

    provisioner: str


@dataclass(frozen=True, slots=True)
class Complain:
    said: Said
    about_volume: Said | None = None


@dataclass(frozen=True, slots=True)
class SetVolume:
    phase: str


@dataclass(frozen=True, slots=True)
class WakeClaim:
    """The claim's own pass will do what is needed."""


@dataclass(frozen=True, slots=True)
class Unbind:
    pass


@dataclass(frozen=True, slots=True)
class Reclaim:
    """The claim is gone, or does not need this volume: release it, then what its policy says."""


ClaimVerdict = Nothing | Bind | SetClaim | AssignClass | Provision | Complain
VolumeVerdict = Nothing | SetVolume | WakeClaim | Unbind | Reclaim | Complain
