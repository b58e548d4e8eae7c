"""What can be wrong with a patch, as answers the API gives.

    StatusError
    ├── BadRequest 400 ── MalformedPatch        the patch itself is not one
    ├── Invalid 422 ───── InapplicablePatch     a good patch that does not fit the object
    └── FailedPatch 500                         upstream's handler lets these strategic-merge errors through bare

Source: k8s.io/apiserver/pkg/endpoints/handlers/patch.go, interpretStrategicMergePatchError.
"""

from __future__ import annotations

from apimachinery.status import BadRequest, Invalid, StatusError

_GENERIC_422 = "the server rejected our request due to an error in our request"


class MalformedPatch(BadRequest):
    """The body is not a patch of the announced kind."""


class InapplicablePatch(Invalid):
    """The patch cannot be applied to this object.

    Upstream hides the reason behind a generic text; it is kept in ``why`` for logs and tests.
    """

    def __init__(self, why: str) -> None:
        super().__init__(_GENERIC_422, {})
        self.why = why


class FailedPatch(StatusError):
    """A strategic merge that broke off: code 500 without a reason, as upstream answers."""
