"""Reads an encryption configuration (apiserver.config.k8s.io/v1 EncryptionConfiguration) out of a file.

What is wrong is said in upstream's words, and never with a key in them.
Source: k8s.io/apiserver/pkg/server/options/encryptionconfig, pkg/apis/apiserver/validation/validation_encryption.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from apimachinery.fielderrors import FieldError, invalid, required
from openapi.decode import DecodeError
from server.encoding.yamlbody import parse_yaml
from server.encryption.providers import PROVIDERS
from server.encryption.transformer import NamedKey, Step, Transformer

API_VERSION = "apiserver.config.k8s.io/v1"
KIND = "EncryptionConfiguration"

_KINDS = ("kms", "aesgcm", "aescbc", "secretbox", "identity")
_NO_PROVIDER = "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity"
_TWO_PROVIDERS = "more than one provider specified in a single element, should split into different list elements"
_DUPLICATE = "the same resource cannot be specified multiple times"
_OVERLAP = (
    "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be "
    "masked"
)
_CAPITAL = "resource name should not contain capital letters"
_STAR = "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
_NOT_REST = "resources which do not have REST API/s cannot be encrypted"
_EVENTS = (
    "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
)
_EXTENSIONS = "'extensions' group has been removed and cannot be used for encryption"
_ACROSS = "encrypting the same resource across groups is not supported"
_INTERNAL = frozenset({"apiserveripinfo", "serviceipallocations", "servicenodeportallocations"})


class EncryptionConfigError(ValueError):
    """The configuration cannot be used; one line that says why."""


def load_encryption(path: Path) -> dict[str, Transformer]:
    """By resource, as it is named in the file. Raises EncryptionConfigError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        told = f'error opening encryption provider configuration file "{path}": open {path}: {why}'
        raise EncryptionConfigError(f"error while parsing file: {told}") from None
    return read_encryption(data)


def read_encryption(data: bytes) -> dict[str, Transformer]:
    """Raises EncryptionConfigError."""
    try:
        document = _document(data)
    except (_Malformed, DecodeError) as error:
        told = f"error decoding encryption provider configuration file: {error}"
        raise EncryptionConfigError(f"error while parsing file: {told}") from None
    errors = [str(error) for error in _problems(document)]
    if errors:
        told = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
        raise EncryptionConfigError(f"error while parsing file: {told}")
    return _transformers(document["resources"])


class _Malformed(Exception):
    pass


def _document(data: bytes) -> Mapping[str, Any]:
    document, repeated = parse_yaml(data)
    if not isinstance(document, dict):
        raise _Malformed("it is not an object")
    given = (document.get("apiVersion"), document.get("kind"))
    if given != (API_VERSION, KIND):
        raise _Malformed(f'got unexpected config type: {given[1]} in version "{given[0]}", want {API_VERSION} {KIND}')
    if repeated:
        raise _Malformed(repeated[0])
    for path, value, kind in _shapes(document):
        if not isinstance(value, kind):
            raise _Malformed(f"{path} is not what a configuration has there")
    return document


def _shapes(document: Mapping[str, Any]) -> Iterator[tuple[str, Any, type]]:
    """Every value that has to be of a certain kind; a value is not looked into before it has been handed out."""
    yield from _known(document, "", {"apiVersion", "kind", "resources"})
    resources = document.get("resources") or []
    yield "resources", resources, list
    for i, one in enumerate(resources):
        path = f"resources[{i}]"
        yield path, one, dict
        yield from _known(one, f"{path}.", {"resources", "providers"})
        names, providers = one.get("resources") or [], one.get("providers") or []
        yield f"{path}.resources", names, list
        yield from ((f"{path}.resources[{j}]", name, str) for j, name in enumerate(names))
        yield f"{path}.providers", providers, list
        for j, provider in enumerate(providers):
            yield from _provider_shapes(provider, f"{path}.providers[{j}]")


def _provider_shapes(provider: Any, path: str) -> Iterator[tuple[str, Any, type]]:
    yield path, provider, dict
    yield from _known(provider, f"{path}.", set(_KINDS))
    for kind in PROVIDERS:
        settings = provider.get(kind)
        if settings is None:
            continue
        yield f"{path}.{kind}", settings, dict
        keys = settings.get("keys") or []
        yield f"{path}.{kind}.keys", keys, list
        for i, key in enumerate(keys):
            yield f"{path}.{kind}.keys[{i}]", key, dict
            yield from ((f"{path}.{kind}.keys[{i}].{name}", key.get(name) or "", str) for name in ("name", "secret"))


def _known(value: Mapping[str, Any], path: str, names: set[str]) -> Iterator[tuple[str, Any, type]]:
    for name in value.keys() - names:
        raise _Malformed(f'strict decoding error: unknown field "{path}{name}"')
    yield from ()


def _problems(document: Mapping[str, Any]) -> Iterator[FieldError]:
    resources = document.get("resources") or ()
    if not resources:
        yield required("resources", "at least one resources is required")
    for i, one in enumerate(resources):
        path = f"resources[{i}]"
        names, providers = one.get("resources") or (), one.get("providers") or ()
        if not names:
            yield required(f"{path}.resources", f"at least one {path}.resources is required")
        yield from _overlaps(names, f"{path}.resources")
        for j, name in enumerate(names):
            if why := _wrong_name(name):
                yield invalid(f"{path}.resources[{j}]", name, why)
        if not providers:
            yield required(f"{path}.providers", f"at least one {path}.providers is required")
        for j, provider in enumerate(providers):
            yield from _wrong_provider(provider, f"{path}.providers[{j}]")


def _overlaps(names: Sequence[str], path: str) -> Iterator[FieldError]:
    if len(set(names)) < len(names):
        yield invalid(path, list(names), _DUPLICATE)
    different = set(names)
    groups = [name.partition(".")[2] for name in different if name.startswith("*.")]
    covered = any(not name.startswith("*.") and name.partition(".")[2] in groups for name in different)
    if covered or ("*.*" in different and len(different) > 1):
        yield invalid(path, list(names), _OVERLAP)


def _wrong_name(name: str) -> str:
    resource, _, group = name.partition(".")
    if name != name.lower():
        return _CAPITAL
    if name == "*":
        return _STAR
    if name in _INTERNAL:
        return _NOT_REST
    if group == "events.k8s.io":
        return _EVENTS
    if group == "extensions":
        return _EXTENSIONS
    return _ACROSS if group == "*" and resource != "*" else ""


def _wrong_provider(provider: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    named = [kind for kind in _KINDS if provider.get(kind) is not None]
    if not named:
        yield invalid(path, "REDACTED", _NO_PROVIDER)
    elif len(named) > 1:
        yield invalid(path, "REDACTED", _TWO_PROVIDERS)
    elif named[0] == "kms":
        yield invalid(f"{path}.kms", "REDACTED", "KMS providers are not supported: use aesgcm, aescbc or secretbox")
    elif named[0] in PROVIDERS:
        yield from _wrong_keys(provider[named[0]], f"{path}.{named[0]}.keys", PROVIDERS[named[0]].sizes)


def _wrong_keys(settings: Mapping[str, Any], path: str, sizes: tuple[int, ...]) -> Iterator[FieldError]:
    keys = settings.get("keys") or ()
    if not keys:
        yield required(path, "at least one keys is required")
    for i, key in enumerate(keys):
        if not key.get("name"):
            yield required(f"{path}[{i}].name", "name is a mandatory field for a key")
        if not key.get("secret"):
            yield required(f"{path}[{i}].secret", "secret is a mandatory field for a key")
        elif (secret := _secret(key)) is None:
            yield invalid(f"{path}[{i}].secret", "REDACTED", "secrets must be base64 encoded")
        elif len(secret) not in sizes:
            expected = " ".join(map(str, sizes))
            why = f"secret is not of the expected length, got {len(secret)}, expected one of [{expected}]"
            yield invalid(f"{path}[{i}].secret", "REDACTED", why)


def _secret(key: Mapping[str, Any]) -> bytes | None:
    try:
        return base64.b64decode(key["secret"], validate=True)
    except (binascii.Error, ValueError):
        return None


def _transformers(resources: Sequence[Mapping[str, Any]]) -> dict[str, Transformer]:
    """Providers of a resource that is named in several places are tried in order. Raises EncryptionConfigError."""
    steps: dict[str, list[Step]] = {}
    for one in resources:
        providers = [_step(provider) for provider in one["providers"]]
        for name in one["resources"]:
            resource, _, group = name.partition(".")
            for earlier in (f"*.{group}", "*.*"):
                if earlier in steps:
                    told = f'resource "{name}" is masked by earlier rule "{earlier}"'
                    raise EncryptionConfigError(f"error while building transformers: {told}")
            steps.setdefault(name if group or resource == "*" else resource, []).extend(providers)
    return {name: Transformer(tried) for name, tried in steps.items()}


def _step(provider: Mapping[str, Any]) -> Step:
    for kind, cipher in PROVIDERS.items():
        if provider.get(kind) is not None:
            keys = provider[kind]["keys"]
            return Step(cipher, tuple(NamedKey.of(cipher, key["name"], _secret(key) or b"") for key in keys))
    return Step(None)
