"""AdmissionReviews: the question to a webhook, and its answer read with care. Pure.

Source: k8s.io/apiserver/pkg/admission/plugin/webhook/request/admissionreview.go, errors/statuserror.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from apimachinery.fielderrors import quote
from apimachinery.objects import Object
from apimachinery.status import StatusError, from_status
from openapi.decode import DecodeError, decode
from openapi.schema import package_of
from server.admission.chain import Attributes
from server.admission.webhooks.matching import Invocation

_GROUP = "admission.k8s.io"
VERSIONS = ("v1", "v1beta1")


class InvalidReview(ValueError):
    """The webhook's answer is none."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """``patch`` is a JSON patch, empty where nothing is to be changed; ``status`` explains a refusal."""

    allowed: bool
    status: Mapping[str, Any]
    patch: Sequence[Any] = ()
    warnings: Sequence[str] = ()
    audit: Mapping[str, str] = field(default_factory=dict)


def version_for(versions: Sequence[str]) -> str:
    """The first that is spoken here. Raises InvalidReview."""
    for version in versions:
        if version in VERSIONS:
            return version
    raise InvalidReview("webhook does not accept known AdmissionReview versions (v1, v1beta1)")


def request_of(attributes: Attributes, invocation: Invocation, uid: str) -> Object:
    """The ``request`` of a review."""
    user = attributes.user
    info: Object = {"username": user.name, "uid": user.uid, "groups": list(user.groups)}
    info = {key: value for key, value in info.items() if value}
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    request: Object = {
        "uid": uid,
        "kind": invocation.kind._asdict(),
        "resource": invocation.resource._asdict(),
        "subResource": attributes.subresource,
        "requestKind": attributes.kind._asdict(),
        "requestResource": attributes.resource._asdict(),
        "requestSubResource": attributes.subresource,
        "name": attributes.name,
        "namespace": attributes.namespace,
        "operation": attributes.operation,
        "userInfo": info,
    }
    request = {key: value for key, value in request.items() if value != ""}
    request["object"] = attributes.forms.shown(attributes.obj, invocation.resource)
    request["oldObject"] = attributes.forms.shown(attributes.old, invocation.resource)
    request["dryRun"] = attributes.dry_run
    request["options"] = _options(attributes)
    return request


_OPTIONS = {"CREATE": "CreateOptions", "UPDATE": "UpdateOptions", "DELETE": "DeleteOptions"}


def _options(attributes: Attributes) -> Object | None:
    kind = _OPTIONS.get(attributes.operation)
    if kind is None:
        return None
    options: Object = {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
    return {**options, "dryRun": ["All"]} if attributes.dry_run else options


def review_of(version: str, request: Object) -> bytes:
    return orjson.dumps({"kind": "AdmissionReview", "apiVersion": f"{_GROUP}/{version}", "request": request})


def read_answer(body: bytes, version: str, uid: str, *, mutating: bool) -> Reviewed:
    """Raises InvalidReview."""
    try:
        review = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidReview(f"couldn't get version/kind; json parse error: {error}") from None
    response = review.get("response") if isinstance(review, dict) else None
    if not isinstance(response, dict):
        raise InvalidReview("webhook response was absent")
    _check_shape(response)
    if version == "v1":
        _check_v1(review, response, uid, mutating=mutating)
    return Reviewed(
        allowed=response.get("allowed") is True,
        status=_status(response.get("status")),
        patch=_patch(response.get("patch")) if mutating else (),
        warnings=response.get("warnings") or (),
        audit=response.get("auditAnnotations") or {},
    )


def _check_shape(response: Object) -> None:
    for name, kind in (("allowed", bool), ("status", dict), ("warnings", list), ("auditAnnotations", dict)):
        if response.get(name) is not None and not isinstance(response[name], kind):
            raise InvalidReview(f"response.{name} is not what a response has there")
    texts = (*(response.get("warnings") or ()), *(response.get("auditAnnotations") or {}).values())
    if not all(isinstance(text, str) for text in texts):
        raise InvalidReview("response.warnings and response.auditAnnotations must be of strings")


def _status(value: Any) -> Object:
    try:
        status, _ = decode(value or {}, package_of("meta/v1").type("Status"))
    except DecodeError as error:
        raise InvalidReview(str(error)) from None
    return status


def _check_v1(review: Object, response: Object, uid: str, *, mutating: bool) -> None:
    if response.get("uid") != uid:
        raise InvalidReview(f"expected response.uid={quote(uid)}, got {quote(str(response.get('uid') or ''))}")
    if (review.get("kind"), review.get("apiVersion")) != ("AdmissionReview", f"{_GROUP}/v1"):
        group, _, version = str(review.get("apiVersion") or "").rpartition("/")
        got = f"{group}/{version}, Kind={review.get('kind') or ''}"
        raise InvalidReview(f"expected webhook response of {_GROUP}/v1, Kind=AdmissionReview, got {got}")
    patch, kind = response.get("patch"), response.get("patchType")
    if not mutating:
        if patch:
            raise InvalidReview("validating webhook may not return response.patch")
        if kind is not None:
            raise InvalidReview("validating webhook may not return response.patchType")
        return
    if patch and kind is None:
        raise InvalidReview("webhook returned response.patch but not response.patchType")
    if kind is not None and not patch:
        raise InvalidReview("webhook returned response.patchType but not response.patch")
    if kind not in (None, "JSONPatch"):
        raise InvalidReview(f"unsupported patch type {quote(str(kind))}")


def _patch(patch: Any) -> Sequence[Any]:
    if not patch:
        return ()
    try:
        decoded = orjson.loads(base64.b64decode(patch, validate=True))
    except (TypeError, binascii.Error, orjson.JSONDecodeError) as error:
        raise InvalidReview(f"received undecodable patch in webhook response: {error}") from None
    if not isinstance(decoded, list) or not all(isinstance(operation, dict) for operation in decoded):
        raise InvalidReview("received undecodable patch in webhook response: not a list of operations")
    return decoded


def refusal(name: str, status: Mapping[str, Any]) -> StatusError:
    """What the requester is told of a webhook that said no."""
    code = status.get("code") or 0
    said, by = status.get("message") or status.get("reason"), f"admission webhook {quote(name)} denied the request"
    told = {
        **status,
        "status": "Failure",
        "code": code if 400 <= code < 600 else 400,
        "message": f"{by}: {said}" if said else f"{by} without explanation",
    }
    return from_status(told)
