import pytest

from apimachinery import fielderrors
from apimachinery.gvk import GroupKind, GroupResource
from apimachinery.status import (
    AlreadyExists,
    BadRequest,
    Conflict,
    Expired,
    Forbidden,
    Gone,
    InternalError,
    Invalid,
    MethodNotAllowed,
    NotFound,
    ServerTimeout,
    StatusError,
    Timeout,
    TooManyRequests,
    Unauthorized,
    from_status,
)

PODS = GroupResource("", "pods")
DEPLOYMENTS = GroupResource("apps", "deployments")


def test_not_found_is_the_whole_status_object() -> None:
    assert NotFound.of(PODS, "web").to_status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'pods "web" not found',
        "reason": "NotFound",
        "details": {"name": "web", "kind": "pods"},
        "code": 404,
    }


@pytest.mark.parametrize(
    ("error", "code", "reason", "message"),
    [
        (
            AlreadyExists.of(DEPLOYMENTS, "web"),
            409,
            "AlreadyExists",
            'deployments.apps "web" already exists',
        ),
        (
            AlreadyExists.generated(PODS, "web-"),
            409,
            "AlreadyExists",
            'pods "web-" already exists, the server was not able to generate a unique name for the object',
        ),
        (
            Conflict.of(PODS, "web", "it changed"),
            409,
            "Conflict",
            'Operation cannot be fulfilled on pods "web": it changed',
        ),
        (Forbidden.of(PODS, "web", "no"), 403, "Forbidden", 'pods "web" is forbidden: no'),
        (Forbidden.of(PODS, "", "no"), 403, "Forbidden", "pods is forbidden: no"),
        (Forbidden.of(GroupResource("", ""), "", "no"), 403, "Forbidden", "forbidden: no"),
        (
            MethodNotAllowed.of(DEPLOYMENTS, "patch"),
            405,
            "MethodNotAllowed",
            'patch is not supported on resources of kind "deployments.apps"',
        ),
        (Expired("too old resource version: 1 (2)"), 410, "Expired", "too old resource version: 1 (2)"),
        (InternalError.of("boom"), 500, "InternalError", "Internal error occurred: boom"),
        (
            ServerTimeout.of(PODS, "create"),
            500,
            "ServerTimeout",
            "The create operation against pods could not be completed at this time, please try again.",
        ),
        (Timeout.of("slow"), 504, "Timeout", "Timeout: slow"),
        (Unauthorized(), 401, "Unauthorized", "Unauthorized"),
        (BadRequest("bad"), 400, "BadRequest", "bad"),
        (TooManyRequests.of("later", 3), 429, "TooManyRequests", "later"),
    ],
)
def test_code_reason_and_wording(error: StatusError, code: int, reason: str, message: str) -> None:
    status = error.to_status()
    assert (status["code"], status["reason"], status["message"]) == (code, reason, message)
    assert str(error) == message


def test_a_strange_name_is_quoted_as_go_does() -> None:
    assert NotFound.of(PODS, 'a"\x00\n').message == r'pods "a\"\x00\n" not found'


def test_invalid_lists_each_problem_as_a_cause() -> None:
    error = Invalid.of(
        GroupKind("apps", "Deployment"),
        "web",
        [fielderrors.required("spec.selector"), fielderrors.invalid("spec.replicas", -1, "must be positive")],
    )
    assert error.message == (
        'Deployment.apps "web" is invalid: '
        "[spec.selector: Required value, spec.replicas: Invalid value: -1: must be positive]"
    )
    assert error.details == {
        "name": "web",
        "group": "apps",
        "kind": "Deployment",
        "causes": [
            {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.selector"},
            {
                "reason": "FieldValueInvalid",
                "message": "Invalid value: -1: must be positive",
                "field": "spec.replicas",
            },
        ],
    }
    assert error.has_cause("FieldValueRequired") and not error.has_cause("FieldValueForbidden")


def test_a_resource_version_from_the_future_asks_to_try_again() -> None:
    error = Timeout.too_large_resource_version(9, 5)
    assert error.message == "Timeout: Too large resource version: 9, current: 5"
    assert error.retry_after == 1 and error.has_cause("ResourceVersionTooLarge")


@pytest.mark.parametrize(
    "error", [NotFound.of(PODS, "x"), Expired("old"), ServerTimeout.of(PODS, "get"), TooManyRequests.of("", 1)]
)
def test_a_status_comes_back_as_the_same_exception(error: StatusError) -> None:
    again = from_status(error.to_status())
    assert type(again) is type(error)
    assert again.to_status() == error.to_status()


def test_a_status_without_a_known_reason_is_told_by_its_code() -> None:
    assert type(from_status({}, 404)) is NotFound
    assert type(from_status({"code": 410})) is Gone
    odd = from_status({"code": 418, "reason": "Teapot", "message": "short and stout"})
    assert (type(odd), odd.status_code, odd.reason) == (StatusError, 418, "Teapot")
    assert odd.to_status()["reason"] == "Teapot"
