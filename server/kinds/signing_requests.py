"""What is special about certificate signing requests: they say who made them, and never change what is asked for.

Source: k8s.io/kubernetes pkg/registry/certificates/certificates/strategy.go.
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.kinds.fields import paths
from server.registry.context import Requester
from server.registry.strategy import Strategy

_REQUESTER = ("username", "uid", "groups", "extra")
_APPROVALS = ("Approved", "Denied")


def _say_who(request: Object, requester: Requester | None) -> None:
    """Whatever the caller says of themselves is void."""
    spec = request["spec"]
    for name in _REQUESTER:
        spec.pop(name, None)
    if requester is None:
        return
    spec["username"] = requester.name
    if requester.uid:
        spec["uid"] = requester.uid
    if requester.groups:
        spec["groups"] = list(requester.groups)
    if requester.extra:
        spec["extra"] = {key: list(values) for key, values in requester.extra.items()}


def _keep_spec(new: Object, old: Object) -> None:
    new["spec"] = old["spec"]


def _keep_approvals(new: Object, old: Object) -> None:
    """Approvals that are there stay as they are; that none is added or taken away is validation's."""
    for kind in _APPROVALS:
        before = [each for each in _conditions(old) if each["type"] == kind]
        places = [place for place, each in enumerate(_conditions(new)) if each.get("type") == kind]
        if before and len(before) == len(places):
            for place, condition in zip(places, before, strict=True):
                new["status"]["conditions"][place] = condition


def _conditions(request: Object) -> list[Object]:
    return (request.get("status") or {}).get("conditions") or []


STRATEGY = Strategy(
    stamp=_say_who,
    prepare_update=_keep_spec,
    prepare_status=_keep_approvals,
    condition_times=True,
    selectable=paths("spec.signerName"),
)
