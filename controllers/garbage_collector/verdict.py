"""What to do about an object, given what became of its owners. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from apimachinery.objects import Object
from controllers.garbage_collector.graph import FOREGROUND, ORPHAN


class Owner(Enum):
    """What became of one owner."""

    SOLID = "there"
    ABSENT = "gone"
    WAITING = "waits for its dependents to go"


@dataclass(frozen=True, slots=True)
class Keep:
    """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Disown:
    """It has an owner that stays: drop the references to those that do not."""

    references: list[Object]


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete it. ``unblock``: first stop it from blocking its owners, or two would wait for each other."""

    propagation: str
    unblock: bool = False


Verdict = Keep | Disown | Delete


def decide(obj: Object, owners: list[tuple[Object, Owner]], *, has_dependents: bool, dependents_wait: bool) -> Verdict:
    """``owners``: each reference with what became of it. ``dependents_wait``: a dependent of it waits for its own."""
    states = [state for _, state in owners]
    if not states:
        return Keep()
    if Owner.SOLID in states:
        kept = [reference for reference, state in owners if state is Owner.SOLID]
        return Keep() if len(kept) == len(owners) else Disown(kept)
    if Owner.WAITING in states and has_dependents:
        return Delete("Foreground", unblock=dependents_wait)
    finalizers = obj["metadata"].get("finalizers") or ()
    if ORPHAN in finalizers:
        return Delete("Orphan")
    return Delete("Foreground" if FOREGROUND in finalizers else "Background")
