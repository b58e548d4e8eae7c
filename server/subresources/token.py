"""Tokens of a service account on request (TokenRequest).

Source: k8s.io/kubernetes pkg/registry/core/serviceaccount/storage/token.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from apimachinery.fielderrors import FieldError, invalid
from apimachinery.gvk import GroupResource, GroupVersion, GroupVersionKind
from apimachinery.objects import Object
from apimachinery.status import BadRequest, Conflict, Invalid
from apimachinery.timefmt import format_time
from openapi.decode import canonicalise
from openapi.schema import type_of
from server.api import Api
from server.authn.service_account import Reference, TokenConfig
from server.defaulting.authentication import token_request
from server.encoding.media import dump
from server.endpoints.body import read_object
from server.endpoints.common import Admitting, encoding_for
from server.registry.codec import decode
from server.registry.metadata import match_namespace
from server.registry.options import read_write_options
from server.registry.served import Served
from server.request import Answer, Request, Response
from storage.types import Entry

_REQUEST = GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest")
_SHORTEST = 10 * 60
_LONGEST = 1 << 32
_ISSUED = "authentication.kubernetes.io/issued-credential-id"
_BINDABLE = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


async def request_token(api: Api, accounts: Served, request: Request) -> Answer:
    """POST serviceaccounts/<name>/token: the request with its token."""
    encoding = encoding_for(request)
    options = read_write_options(request.query, "CreateOptions")
    wanted = await read_object(request, _REQUEST, type_of(_REQUEST), options.field_validation)
    token_request(wanted)
    admitting = Admitting(api, accounts, request, "CREATE", dry_run=options.dry_run)
    await admitting.mutate(wanted, None)
    name, namespace = request.info.name, request.info.namespace
    _check_name(wanted, name, namespace)
    entry = accounts.registry.get(namespace, name)
    config = api.tokens.config
    _complete(wanted, entry, namespace, format_time(api.clock.now()), config.audiences)
    if errors := _errors(wanted["spec"]):
        raise Invalid.of(_REQUEST.group_kind, "", errors)
    await admitting.validate(wanted, None)
    spec = wanted["spec"]
    bound = _bound(api, spec.get("boundObjectRef"), name, namespace)
    _shorten(spec, config, request.warnings)
    account = Reference("serviceaccount", name, entry.uid)
    issued = api.tokens.issue(namespace, account, spec["audiences"], spec["expirationSeconds"], bound)
    request.audit_annotations.setdefault(_ISSUED, issued.credential)
    until = api.clock.now() + timedelta(seconds=spec["expirationSeconds"])
    wanted["status"] = {"token": issued.token, "expirationTimestamp": format_time(until)}
    body = dump(canonicalise(wanted, type_of(_REQUEST)), _REQUEST, encoding)
    return Response(201, body, encoding.media_type.encode())


def _shorten(spec: Object, config: TokenConfig, warnings: list[str]) -> None:
    seconds = spec["expirationSeconds"]
    if 0 < config.longest < seconds:
        warnings.append(f"requested expiration of {seconds} seconds shortened to {config.longest} seconds")
        spec["expirationSeconds"] = config.longest


def _check_name(wanted: Object, name: str, namespace: str) -> None:
    match_namespace(wanted, namespace)
    given = wanted["metadata"].get("name")
    if given and given != name:
        problem = invalid("metadata.name", given, "must match the service account name if specified")
        raise Invalid.of(_REQUEST.group_kind, name, [problem])


def _complete(wanted: Object, account: Entry, namespace: str, now: str, audiences: Sequence[str]) -> None:
    name = account.key.name
    metadata, spec = wanted["metadata"], wanted["spec"]
    uid = metadata.get("uid")
    if uid and uid != account.uid:
        raise Conflict.of(
            GroupResource(_REQUEST.group, _REQUEST.kind),
            name,
            f"the UID in the token request ({uid}) does not match the UID of the service account ({account.uid})",
        )
    metadata.update(name=name, namespace=namespace, uid=account.uid, creationTimestamp=now)
    if not spec.get("audiences"):
        spec["audiences"] = list(audiences)


def _errors(spec: Object) -> list[FieldError]:
    seconds = spec["expirationSeconds"]
    if seconds < _SHORTEST:
        return [invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")]
    if seconds > _LONGEST:
        return [invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")]
    return []


def _group_version(api_version: str) -> GroupVersion:
    """What cannot be read is nothing, as upstream takes it."""
    try:
        return GroupVersion.parse(api_version) if api_version else GroupVersion("", "")
    except ValueError:
        return GroupVersion("", "")


def _bound(api: Api, wanted: Object | None, account: str, namespace: str) -> list[Reference]:
    """What the token is bound to: an object that exists, and the node of a pod."""
    if not wanted:
        return []
    kind, name = wanted.get("kind", ""), wanted.get("name", "")
    group, version = _group_version(wanted.get("apiVersion") or "")
    if group or kind not in _BINDABLE:
        raise BadRequest(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
    entry = api.registries[GroupResource("", _BINDABLE[kind])].get(namespace, name)
    bound = [Reference(kind.lower(), name, entry.uid)]
    if kind == "Pod":
        spec = decode(entry.value)["spec"]
        if spec.get("serviceAccountName") != account:
            raise BadRequest(
                f'cannot bind token for serviceaccount "{account}" to pod running with different serviceaccount name.'
            )
        if node := spec.get("nodeName"):
            found = api.registries[GroupResource("", "nodes")].cache.get("", node)
            bound.append(Reference("node", node, found.uid if found else ""))
    if wanted.get("uid") not in (None, "", entry.uid):
        raise Conflict.of(
            GroupResource("", kind),
            name,
            f"the UID in the bound object reference ({wanted['uid']}) does not match the UID in record. "
            "The object might have been deleted and then recreated",
        )
    return bound
