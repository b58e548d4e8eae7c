"""The one place where the store's errors become the API's.

Source: k8s.io/apiserver/pkg/storage/errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apimachinery.gvk import GroupResource
from apimachinery.status import (
    AlreadyExists,
    Conflict,
    Expired,
    InternalError,
    NotFound,
    ServerTimeout,
    ServiceUnavailable,
    StatusError,
    Timeout,
)
from storage.errors import (
    Compacted,
    KeyExists,
    KeyMissing,
    OutcomeUnknown,
    RevisionMismatch,
    StorageError,
    StoreDamaged,
    StoreSealed,
    StoreStopped,
    StoreUnavailable,
)

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
INCONSISTENT_CONTINUE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


def too_old(requested: int, compacted: int) -> Expired:
    return Expired(f"too old resource version: {requested} ({compacted})")


def precondition_failed(resource: GroupResource, path: str, what: str) -> Conflict:
    """A write's uid or revision precondition does not hold; worded as upstream's storage layer does."""
    key = f"/registry/{resource.resource}/{path}"
    why = f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: {what}"
    return Conflict.of(resource, path.rpartition("/")[2], why)


def to_api_error(error: StorageError, resource: GroupResource, name: str, verb: str) -> StatusError:
    if isinstance(error, KeyExists):
        return AlreadyExists.of(resource, name)
    if isinstance(error, KeyMissing):
        return NotFound.of(resource, name)
    if isinstance(error, RevisionMismatch):
        return Conflict.of(resource, name, MODIFIED)
    if isinstance(error, Compacted):
        return Expired(f"The resourceVersion for the provided {verb} is too old.")
    if isinstance(error, OutcomeUnknown):
        return Timeout.of("the write may or may not have been stored")
    if isinstance(error, StoreSealed | StoreDamaged):
        return InternalError.of(str(error))
    if isinstance(error, StoreUnavailable | StoreStopped):
        return ServiceUnavailable(f"the store is not available: {error}", {"retryAfterSeconds": 1})
    return ServerTimeout.of(resource, verb, 2)


@contextmanager
def translated(resource: GroupResource, name: str, verb: str) -> Iterator[None]:
    """Raise what the block's storage errors mean to a client."""
    try:
        yield
    except StorageError as error:
        raise to_api_error(error, resource, name, verb) from error
