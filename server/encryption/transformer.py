"""Seals and opens values by the first provider, and opens by any: keys are rotated by putting a new one in front.

Source: k8s.io/apiserver/pkg/storage/value/transformer.go, pkg/server/options/encryptionconfig/config.go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from server.encryption.providers import Box, Provider, Unreadable
from storage.sealing import PLAIN, SEALED, NoSealer, Sealed, sealed
from storage.types import Key

_ENCRYPTED = "identity transformer tried to read encrypted data"
_NONE_MATCHES = "no matching prefix found"


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key of a provider: what its values begin with, and what tells it from another key of that name."""

    prefix: bytes
    box: Box
    form: bytes

    @classmethod
    def of(cls, provider: Provider, name: str, secret: bytes) -> NamedKey:
        prefix = f"{provider.prefix}{name}:".encode()
        return cls(prefix, provider(secret), prefix + hashlib.sha256(secret).digest()[:8])


@dataclass(frozen=True, slots=True)
class Step:
    """One provider of a list: its keys, the first of which seals; or none: ``identity``."""

    provider: Provider | None
    keys: tuple[NamedKey, ...] = ()


class Transformer:
    """A list of providers."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = tuple(steps)
        first = self._steps[0]
        self._key = first.keys[0] if first.keys else None
        self.form = self._key.form if self._key else PLAIN

    def seal(self, key: Key, value: bytes) -> Sealed:
        if self._key is None:
            return Sealed(value, PLAIN)
        return Sealed(self._key.prefix + self._key.box.seal(value, authenticated(key)), self._key.form)

    def open(self, key: Key, stored: bytes) -> Sealed:
        """Raises StoreSealed with everything that was tried and why it did not work."""
        if not stored.startswith(SEALED):
            if any(step.provider is None for step in self._steps):
                return Sealed(stored, PLAIN)
            raise sealed(key, _NONE_MATCHES)
        troubles = []
        for step in self._steps:
            if step.provider is None or not stored.startswith(step.provider.prefix.encode()):
                continue
            try:
                return _open(step, key, stored)
            except Unreadable as error:
                troubles.append(str(error))
        told = list(dict.fromkeys(troubles))
        raise sealed(key, "; ".join(told) if told else _NONE_MATCHES)


def _open(step: Step, key: Key, stored: bytes) -> Sealed:
    assert step.provider is not None
    trouble = step.provider.stranger
    for named in step.keys:
        if stored.startswith(named.prefix):
            try:
                return Sealed(named.box.open(stored[len(named.prefix) :], authenticated(key)), named.form)
            except Unreadable as error:
                trouble = str(error)
    raise Unreadable(trouble)


def authenticated(key: Key) -> bytes:
    """What a value is bound to: where it is stored."""
    return f"/registry/{key.resource}/{key.path}".encode()


@dataclass(slots=True)
class Encryption:
    """The sealer of a store. ``transformers`` is by resource (``secrets``, ``*.apps``, ``*.``, ``*.*``).

    ``replace`` changes the configuration under way; values that are sealed otherwise are stale from then on.
    """

    transformers: Mapping[str, Transformer]
    _found: dict[str, Transformer | None] = field(default_factory=dict)

    def replace(self, transformers: Mapping[str, Transformer]) -> None:
        self.transformers, self._found = transformers, {}

    def form(self, resource: str) -> bytes:
        transformer = self._of(resource)
        return transformer.form if transformer is not None else PLAIN

    def seal(self, key: Key, value: bytes) -> Sealed:
        transformer = self._of(key.resource)
        return transformer.seal(key, value) if transformer is not None else Sealed(value, PLAIN)

    def open(self, key: Key, stored: bytes) -> Sealed:
        transformer = self._of(key.resource)
        return transformer.open(key, stored) if transformer is not None else _PLAIN.open(key, stored)

    def _of(self, resource: str) -> Transformer | None:
        found = self._found
        if resource not in found:
            transformers = self.transformers
            found[resource] = next((transformers[name] for name in names_of(resource) if name in transformers), None)
        return found[resource]


_PLAIN = NoSealer()


def names_of(resource: str) -> Iterator[str]:
    """What a resource may be named by in a configuration, the closest first."""
    yield resource
    yield f"*.{resource.partition('.')[2]}"
    yield "*.*"
