"""Apply conflicts: fields an apply would change although somebody else owns them, worded as upstream.

Source: k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apimachinery.status import Conflict
from server.patch.fieldset import Path, display_path
from server.patch.gotext import quote
from server.patch.managers import UPDATE, Identity, spelled


class FieldConflict(NamedTuple):
    """One field and its other owner."""

    owner: Identity
    path: Path

    @property
    def field(self) -> str:
        return display_path(self.path)


class Conflicts(Exception):
    """An apply without force that must not happen."""

    def __init__(self, conflicts: Sequence[FieldConflict]) -> None:
        super().__init__(f"{len(conflicts)} conflicts")
        self.conflicts = conflicts

    def to_status_error(self) -> Conflict:
        """The 409 with one cause per field."""
        causes = [
            {
                "reason": "FieldManagerConflict",
                "message": f"conflict with {_displayed(conflict.owner)}",
                "field": conflict.field,
            }
            for conflict in self.conflicts
        ]
        return Conflict.apply(self._message(), causes)

    def _message(self) -> str:
        if len(self.conflicts) == 1:
            (only,) = self.conflicts
            return f"Apply failed with 1 conflict: conflict with {_displayed(only.owner)}: {only.field}"
        lines: list[str] = []
        for owner in sorted({conflict.owner for conflict in self.conflicts}, key=spelled):
            lines.append(f"conflicts with {_displayed(owner)}:")
            lines.extend(f"- {conflict.field}" for conflict in self.conflicts if conflict.owner == owner)
        return f"Apply failed with {len(self.conflicts)} conflicts: " + "\n".join(lines)


def _displayed(owner: Identity) -> str:
    manager, operation, api_version, subresource = owner
    text = quote(manager)
    if subresource:
        text += f" with subresource {quote(subresource)}"
    return f"{text} using {api_version}" if operation == UPDATE else text
