"""How a plugin refuses: upstream's ``admission.NewForbidden``, which also names an object that has no name yet."""

from __future__ import annotations

from collections.abc import Sequence

from apimachinery.status import Forbidden
from server.admission.chain import Attributes


def forbidden(attributes: Attributes, why: str) -> Forbidden:
    return Forbidden.of(attributes.group_resource, subject(attributes), why)


def subject(attributes: Attributes) -> str:
    """The name of the object written, the beginning of a generated one, or "Unknown"."""
    metadata = (attributes.obj or {}).get("metadata") or {}
    return str(attributes.name or metadata.get("name") or metadata.get("generateName") or "Unknown")


def joined(messages: Sequence[str]) -> str:
    """Several messages in one, as upstream's aggregate errors print: each once, in brackets if there are several."""
    unique = list(dict.fromkeys(messages))
    return unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"
