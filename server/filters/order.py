"""The filters in the order a request goes through them. Each is a file beside this one; what they do stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apimachinery.gvk import GroupResource
from server.audit.audit import Auditor
from server.authn.authenticator import Authenticator
from server.authz.authorizer import Authorizer
from server.filters.audit import with_audit, with_failed_authentication_audit
from server.filters.audit_id import with_audit_id
from server.filters.authentication import with_authentication
from server.filters.authorization import with_authorization
from server.filters.compression import with_compression
from server.filters.errors import with_errors
from server.filters.fairness import with_fairness
from server.filters.impersonation import with_impersonation
from server.filters.inflight import with_max_in_flight
from server.filters.timeout import with_timeout
from server.flowcontrol.controller import FlowController
from server.flowcontrol.overload import Overload
from server.flowcontrol.turns import Turns
from server.flowcontrol.width import Widths
from server.flowcontrol.writes import Writes
from server.manners import Manners
from server.registry.registry import Registry
from server.request import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the filters work with. Without ``flows`` requests are counted instead of queued fairly."""

    authenticator: Authenticator
    authorizer: Authorizer
    auditor: Auditor | None
    overload: Overload
    flows: FlowController | None
    registries: Mapping[GroupResource, Registry]
    writes: Writes
    manners: Manners
    """Those of the listener: they change with what comes."""


def with_filters(handler: Handler, parts: Parts) -> Handler:
    """``handler`` behind all filters, innermost first: what is put around it last sees a request first."""
    handler = with_authorization(handler, parts.authorizer)
    handler = _limited(handler, parts)
    handler = with_impersonation(handler, parts.authorizer)
    handler = with_timeout(handler, parts.overload.request_timeout)
    if parts.auditor is not None:
        handler = with_audit(handler, parts.auditor)
    handler = with_authentication(handler, parts.authenticator)
    if parts.auditor is not None:
        handler = with_failed_authentication_audit(handler, parts.auditor)
    handler = with_errors(handler)
    handler = with_audit_id(handler)
    return with_compression(handler)


def _limited(handler: Handler, parts: Parts) -> Handler:
    """Who is let through at once, who waits, and who is refused."""
    flows, overload = parts.flows, parts.overload
    if flows is None:
        return with_max_in_flight(handler, overload.reads, overload.writes)
    turns = Turns(lambda: flows.levels, overload.wait_limit, parts.writes, parts.manners)
    return with_fairness(handler, flows, turns, Widths(parts.registries))
