"""Config maps and secrets. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, required, too_long
from apimachinery.names import is_config_map_key
from apimachinery.objects import Object
from openapi.gojson import DecodeError, parse_json
from server.validation.checks import Errors, flag, immutable
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain
from server.validation.validator import validator

Data = Mapping[str, str]

_MAX_SIZE = 1024 * 1024
_SEALED = "field is immutable when `immutable` is set"
_ACCOUNT_NAME = "kubernetes.io/service-account.name"
_REDACTED = "<secret contents redacted>"
_GO_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "bool"),
    (str, "string"),
    ((int, float), "number"),
    (list, "array"),
)


def decoded_size(value: str) -> int:
    return len(value) // 4 * 3 - value.endswith("=") - value.endswith("==")


def _check_keys(errors: Errors, data: Data, path: str, size_of: Callable[[str], int], other: Data) -> int:
    """The size of the values. ``other``: a second map whose keys may not be used again."""
    size = 0
    for key, value in data.items():
        if problems := is_config_map_key(key):
            flag(errors, f"{path}[{key}]", key, problems)
        if key in other:
            errors.append(invalid(f"{path}[{key}]", key, "duplicate of key present in binaryData"))
        size += size_of(value)
    return size


def _check_config_map(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    binary: Data = obj.get("binaryData") or {}
    size = _check_keys(errors, obj.get("data") or {}, "data", byte_length, binary)
    size += _check_keys(errors, binary, "binaryData", decoded_size, {})
    if size > _MAX_SIZE:
        errors.append(too_long("", _MAX_SIZE))
    return errors


def _check_sealed(errors: Errors, new: Object, old: Object, *fields: str) -> None:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        errors.append(forbidden("immutable", _SEALED))
    for field in fields:
        if (new.get(field) or {}) != (old.get(field) or {}):
            errors.append(forbidden(field, _SEALED))


def _config_map_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    _check_sealed(errors, new, old, "data", "binaryData")
    return errors + _check_config_map(new)


def _check_secret(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    data: Data = obj.get("data") or {}
    if _check_keys(errors, data, "data", decoded_size, {}) > _MAX_SIZE:
        errors.append(too_long("data", _MAX_SIZE))
    kind = obj.get("type")
    if kind == "kubernetes.io/service-account-token":
        if not (obj["metadata"].get("annotations") or {}).get(_ACCOUNT_NAME):
            errors.append(required(f"metadata.annotations[{_ACCOUNT_NAME}]"))
    elif kind in _JSON_KEYS:
        _check_json(errors, data, _JSON_KEYS[kind])
    elif kind == "kubernetes.io/basic-auth":
        if "username" not in data and "password" not in data:
            errors += [required("data[username]"), required("data[password]")]
    elif kind == "kubernetes.io/ssh-auth":
        if not data.get("ssh-privatekey"):
            errors.append(required("data[ssh-privatekey]"))
    elif kind == "kubernetes.io/tls":
        errors += [required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data]
    return errors


_JSON_KEYS = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}


def _check_json(errors: Errors, data: Data, key: str) -> None:
    path = f"data[{key}]"
    if key not in data:
        errors.append(required(path))
    elif problem := _not_an_object(data[key]):
        errors.append(invalid(path, _REDACTED, problem))


def _not_an_object(encoded: str) -> str:
    """Why the bytes are no JSON object, as Go's encoding/json says it; null passes."""
    try:
        value: Any = parse_json(b64decode(encoded), find_duplicates=False)[0]
    except (DecodeError, binascii.Error) as error:
        return str(error)
    for types, name in _GO_KINDS:
        if isinstance(value, types):
            return f"json: cannot unmarshal {name} into Go value of type map[string]interface {{}}"
    return ""


def _secret_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    immutable(errors, "type", new.get("type") or "", old.get("type") or "")
    _check_sealed(errors, new, old, "data")
    return errors + _check_secret(new)


CONFIG_MAP = validator(_check_config_map, _config_map_update)
SECRET = validator(_check_secret, _secret_update)
