"""PATCH: JSON patch, merge patch, strategic merge patch and server-side apply, on objects and their views.

Source: k8s.io/apiserver/pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from apimachinery.fielderrors import invalid
from apimachinery.gvk import GroupKind, GroupVersion
from apimachinery.objects import Object
from apimachinery.status import BadRequest, Conflict, Invalid, NotFound, UnsupportedMediaType
from openapi.decode import DecodeError, decode, parse_json
from openapi.schema import Type
from server.api import Api
from server.encoding.yamlbody import parse_yaml, repeated_keys
from server.endpoints.body import keep_reset
from server.endpoints.common import field_manager
from server.endpoints.update import check_name
from server.endpoints.views import View
from server.endpoints.writing import ViewWrite
from server.patch.gotext import show
from server.patch.json_patch import apply_json_patch, unknown_members
from server.patch.managed import apply
from server.patch.merge_patch import apply_merge_patch
from server.patch.strategic import apply_strategic_patch
from server.patch.unstructured import reworded
from server.registry.metadata import match_namespace
from server.registry.options import WriteOptions, read_patch_options
from server.registry.served import Served
from server.request import Answer, Request

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
CUSTOM_PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)
"""Of custom resources, whose lists have no merge keys."""
PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


async def patch(api: Api, served: Served, view: View, request: Request) -> Answer:
    patch_type = _patch_type(request.header(b"content-type"), view.type)
    options = read_patch_options(request.query, is_apply=patch_type == APPLY_PATCH)
    write = ViewWrite(api, served, view, request, options, field_manager(request, options))
    body = await request.body()
    await request.breathe()
    if patch_type == APPLY_PATCH:
        return await _apply(write, body)
    return await _modify(write, patch_type, body)


def _patch_type(content_type: str, of_type: Type) -> str:
    """Upstream's router takes lists and wildcards as well, which its handler then does not understand."""
    named = {part.partition(";")[0].strip(" ") for part in content_type.split(",")}
    if named.isdisjoint(("*/*", *PATCH_TYPES)):
        raise UnsupportedMediaType("415: Unsupported Media Type", {})
    patch_type = content_type.partition(";")[0].strip(" ")
    taken = PATCH_TYPES if of_type.codec is None else CUSTOM_PATCH_TYPES
    if patch_type not in taken:
        raise UnsupportedMediaType.of(taken)
    return patch_type


# -- patches that modify the live object -----------------------------------------------------------------------------


async def _modify(write: ViewWrite, patch_type: str, body: bytes) -> Answer:
    value, problems = _read_json(body, write.options, patch_type)
    merge = _merger(patch_type, value, write.view)

    async def change(live: Object | None) -> Object:
        if live is None:
            raise NotFound.of(write.served.registry.resource, write.request.info.name)
        return _decoded(write, merge(live), problems, value if patch_type == STRATEGIC_PATCH else None)

    return await write.run(change, allow_create=False)


def _read_json(body: bytes, options: WriteOptions, patch_type: str) -> tuple[Any, list[str]]:
    """The patch, and what a strict reader says of it."""
    validated = options.field_validation != "Ignore"
    try:
        value, problems = parse_json(body, find_duplicates=validated)
        if problems:
            value, _ = parse_json(body, find_duplicates=False)
    except DecodeError as error:
        raise BadRequest(str(error) if patch_type == STRATEGIC_PATCH else f"error decoding patch: {error}") from None
    if patch_type != JSON_PATCH:
        return value, problems
    problems = [f"json patch {problem}" for problem in problems]
    if validated and isinstance(value, list):
        problems += unknown_members([operation for operation in value if isinstance(operation, dict)])
    return value, problems


def _merger(patch_type: str, value: Any, view: View) -> Callable[[Object], Any]:
    if patch_type == JSON_PATCH:
        return lambda live: apply_json_patch(live, value)
    if patch_type == MERGE_PATCH:
        return lambda live: apply_merge_patch(live, value)
    return lambda live: apply_strategic_patch(live, value, view.type)


def _decoded(write: ViewWrite, patched: Any, problems: list[str], strategic: Any = None) -> Object:
    """The patched JSON as an object of the view's type; what is wrong with it is a 422 about the patch.

    ``strategic``: the strategic merge patch it comes of; upstream puts the errors of those in other words.
    """
    view, request = write.view, write.request
    try:
        if isinstance(patched, dict):
            _check_type_meta(patched, view)
        obj, unknown = decode(patched, view.type)
    except DecodeError as error:
        why = str(error) if strategic is None else reworded(str(error), patched, view.type)
        raise _about_patch(patched, strategic, why) from None
    problems = problems + unknown
    if problems and write.options.field_validation == "Strict":
        raise _about_patch(patched, strategic, f"strict decoding error: {', '.join(problems)}")
    if problems and write.options.field_validation == "Warn":
        request.warnings.extend(problem for problem in problems if problem not in request.warnings)
    obj["kind"], obj["apiVersion"] = view.gvk.kind, view.gvk.api_version
    obj.setdefault("metadata", {})
    keep_reset(patched or {}, obj)
    match_namespace(obj, request.info.namespace if write.served.resource.namespaced else "")
    check_name(obj, request)
    view.apply_defaults(obj)
    return obj


def _check_type_meta(patched: Object, view: View) -> None:
    gvk = view.gvk
    if patched.get("kind") not in (None, "", gvk.kind) or patched.get("apiVersion") not in (None, "", gvk.api_version):
        group_version = _group_version(patched.get("apiVersion") or "")
        raise DecodeError(
            f'no kind "{patched.get("kind") or ""}" is registered for version "{group_version.api_version}" in scheme '
            '"pkg/api/legacyscheme/scheme.go:30"'
        )


def _group_version(api_version: Any) -> GroupVersion:
    try:
        return GroupVersion.parse(api_version if isinstance(api_version, str) else "")
    except ValueError as error:
        raise DecodeError(str(error)) from None


def _about_patch(patched: Any, strategic: Any, why: str) -> Invalid:
    shown = orjson.dumps(patched).decode() if strategic is None else show(strategic)
    return Invalid.of(GroupKind("", ""), "", [invalid("patch", shown, why)])


# -- server-side apply -------------------------------------------------------------------------------------------------


async def _apply(write: ViewWrite, body: bytes) -> Answer:
    served, view, options = write.served, write.view, write.options
    config = _read_config(write, body)

    async def change(live: Object | None) -> Object:
        if live is None and config["metadata"].get("uid"):
            raise Conflict.of(
                served.registry.resource,
                write.request.info.name,
                f"uid mismatch: the provided object specified uid {config['metadata']['uid']}, "
                "and no existing object was found",
            )
        obj = apply(
            live,
            config,
            view.type,
            manager=options.field_manager,
            force=bool(options.force),
            api_version=view.gvk.api_version,
            kind=view.gvk.kind,
            subresource=view.subresource,
            now=write.api.clock.now(),
            reset=view.reset,
            convert=served.convert if view.whole else None,
        )
        return _decoded(write, obj, [])

    return await write.run(change, allow_create=view.may_create, owns_fields=False)


def _read_config(write: ViewWrite, body: bytes) -> Object:
    """The applied configuration: only the fields the manager has an opinion about, types checked."""
    options = write.options
    try:
        value, problems = parse_yaml(body)
    except DecodeError as error:
        raise BadRequest(f"error decoding patch: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest(
            f"error decoding patch: the applied configuration must be an object, got {type(value).__name__}"
        )
    if problems and options.field_validation == "Strict":
        raise BadRequest(f"error strict decoding patch: error converting YAML to JSON: {repeated_keys(problems)}")
    if options.field_validation == "Warn":
        write.request.warnings.extend(problems)
    config: Object = value
    if not isinstance(config.setdefault("metadata", {}), dict):
        raise BadRequest("error decoding patch: metadata must be an object")
    return config
