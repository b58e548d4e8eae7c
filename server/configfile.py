"""Configuration files in upstream's formats: YAML or JSON, of a kind and version, without unknown or repeated fields.

A schema is a dictionary of the fields there may be: a type (str, bool, int), a list of one schema, or a dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apimachinery.fielderrors import FieldError, aggregate
from apimachinery.objects import Object
from openapi.decode import DecodeError
from server.encoding.yamlbody import parse_yaml

Schema = Mapping[str, Any]

_GO = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}


class ConfigFileError(Exception):
    """The file cannot be used; the message is one line."""


def read_config(path: Path, kind: str, versions: Sequence[str], schema: Schema) -> Object:
    """The object; fields that are null are left out. ``versions``: as ``group/version``. Raises ConfigFileError."""
    try:
        return parse_config(path.read_bytes(), kind, versions, schema)
    except OSError as error:
        raise ConfigFileError(f"cannot read {path}: {error.strerror}") from None
    except ConfigFileError as error:
        raise ConfigFileError(f"cannot use {path}: {error}") from None


def parse_config(data: bytes, kind: str, versions: Sequence[str], schema: Schema) -> Object:
    """Raises ConfigFileError."""
    try:
        value, repeated = parse_yaml(data)
    except DecodeError as error:
        raise ConfigFileError(" ".join(str(error).split())) from None
    if repeated:
        raise ConfigFileError(f"strict decoding error: {repeated[0]}")
    return _of_kind(value, kind, versions, schema)


def checked_config(value: Any, kind: str, versions: Sequence[str], schema: Schema, path: Path) -> Object:
    """As ``read_config``, of an object within the file ``path``. Raises ConfigFileError."""
    try:
        return _of_kind(value, kind, versions, schema)
    except ConfigFileError as error:
        raise ConfigFileError(f"cannot use {path}: {error}") from None


def _of_kind(value: Any, kind: str, versions: Sequence[str], schema: Schema) -> Object:
    """Without ``versions`` it has neither kind nor version."""
    if not isinstance(value, dict):
        raise ConfigFileError(f"not a {kind}" if kind else "not an object")
    if not versions:
        return _object(value, schema)
    if value.get("kind") != kind or value.get("apiVersion") not in versions:
        given = f"{value.get('apiVersion')} {value.get('kind')}"
        raise ConfigFileError(f"expected kind {kind} of {' or '.join(versions)}, found {given}")
    return _object(value, {"apiVersion": str, "kind": str, **schema})


def _object(value: Any, schema: Schema) -> Object:
    obj: Object = _checked(value, schema, "")
    return obj


def _checked(value: Any, schema: Any, path: str) -> Any:
    if isinstance(schema, Mapping):
        fields = _typed(value, dict, path)
        unknown = [name for name in fields if name not in schema]
        if unknown:
            raise ConfigFileError(f'strict decoding error: unknown field "{_joined(path, unknown[0])}"')
        known = {name: each for name, each in fields.items() if each is not None}
        return {name: _checked(each, schema[name], _joined(path, name)) for name, each in known.items()}
    if isinstance(schema, list):
        items = _typed(value, list, path)
        return [_checked(each, schema[0], f"{path}[{index}]") for index, each in enumerate(items)]
    return _typed(value, schema, path)


def _typed(value: Any, type_: type, path: str) -> Any:
    if type(value) is not type_:
        raise ConfigFileError(f"{path}: expected {_GO[type_]}, found {_GO.get(type(value), 'something else')}")
    return value


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def refuse(errors: Sequence[FieldError], path: Path | None = None) -> None:
    """Raises ConfigFileError if there are any. ``path``: of the file that has them."""
    if errors:
        raise ConfigFileError(f"cannot use {path}: {aggregate(errors)}" if path else aggregate(errors))
