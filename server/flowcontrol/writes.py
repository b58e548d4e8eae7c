"""What writes to the store beside the event loop, and needs the interpreter for it; :class:`storage.pace.Pace`."""

from __future__ import annotations

from typing import Protocol


class Writes(Protocol):
    def linger(self, seconds: float) -> None:
        """From now on, let what is written gather for so long before it is committed; 0: commit it at once."""

    def prefer(self, preferred: bool) -> None:
        """Whether what is written from now on shall be committed at once, and before what has gathered."""

    def give_way(self, seconds: float) -> bool:
        """Have the event loop stand still until a commit is done, for so long at the most, and only if one is being
        made. Whether anything is still to be committed."""


class _NoWrites:
    def linger(self, seconds: float) -> None:
        pass

    def prefer(self, preferred: bool) -> None:
        pass

    def give_way(self, seconds: float) -> bool:
        return False


NO_WRITES: Writes = _NoWrites()
