"""How requests are to be read when there are many: the application knows, and the HTTP server keeps to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Manners:
    eager: bool = False
    """Each request is begun as it is read, and need not wait for what else comes at the same time; that costs more."""
    held: bool = False
    """Nothing is read of what can wait."""
