"""Choosing between a class of Hypercorn's and ours that replaces it.

Ours builds on names Hypercorn does not promise to keep. Should one be missing in the version installed, the stock
class is used: slower or with its defects, but serving.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Replacement:
    """``needs``: names that must be methods of ``stock`` or attributes its ``__init__`` sets."""

    stock: type[Any]
    ours: type[Any]
    needs: tuple[str, ...]

    def missing(self) -> tuple[str, ...]:
        init = self.stock.__init__
        known = set(dir(self.stock)) | set(getattr(getattr(init, "__code__", None), "co_names", ()))
        return tuple(name for name in self.needs if name not in known)

    def chosen(self) -> type[Any]:
        return self.stock if self.missing() else self.ours
