from __future__ import annotations

from typing import Any

import pytest

from client.errors import TryAgain
from client.resources import CERTIFICATESIGNINGREQUESTS
from controllers.certificates.approver import build_approver, recognized
from controllers.certificates.requests import CLIENT, parsed
from tests.controllers.certificates.signing import SERVING_USAGES, csr, request
from tests.controllers.world import World, said


@pytest.mark.parametrize(
    ("one", "permissions"),
    [
        (request(), ["nodeclient"]),
        (request(username="system:node:one"), ["selfnodeclient", "nodeclient"]),
        (request(username="system:node:two"), ["nodeclient"]),
        (request(signer=CLIENT), []),
        (request(usages=SERVING_USAGES), []),
        (request(csr("system:node:one", ["system:masters"])), []),
        (request(csr("system:node:one", names=["one"])), []),
        (request(csr("admin")), []),
    ],
)
def test_what_is_recognized(one: dict[str, Any], permissions: list[str]) -> None:
    assert [permission for permission, _ in recognized(one, parsed(one))] == permissions


class Asked:
    """A world whose access reviews allow what is said."""

    def __init__(self, *allowed: str) -> None:
        self.world = World()
        self.reviews: list[dict[str, Any]] = []
        create = self.world.api.create

        def review(gvr: Any, namespace: str, obj: Any, **options: Any) -> Any:
            if gvr.resource != "subjectaccessreviews":
                return create(gvr, namespace, obj, **options)
            self.reviews.append(obj["spec"])
            return {"status": {"allowed": obj["spec"]["resourceAttributes"]["subresource"] in allowed}}

        self.world.api.create = review  # type: ignore[method-assign]


def test_a_request_is_approved_for_whoever_may_let_nodes_join() -> None:
    asked = Asked("nodeclient")
    asked.world.put(CERTIFICATESIGNINGREQUESTS, request())
    asked.world.settle(asked.world.build(build_approver))
    assert said(asked.world.writes) == ["update certificatesigningrequests csr approval"]
    (condition,) = asked.world.get(CERTIFICATESIGNINGREQUESTS, "csr")["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("Approved", "AutoApproved")
    assert condition["message"] == "Auto approving kubelet client certificate after SubjectAccessReview."
    (review,) = asked.reviews
    assert review["user"] == "system:bootstrap:abcdef"
    assert review["groups"] == ["system:bootstrappers"]
    assert review["resourceAttributes"]["resource"] == "certificatesigningrequests"
    assert review["resourceAttributes"]["verb"] == "create"


def test_a_node_renews_its_own_certificate() -> None:
    asked = Asked("selfnodeclient")
    asked.world.put(CERTIFICATESIGNINGREQUESTS, request(username="system:node:one"))
    asked.world.settle(asked.world.build(build_approver))
    (condition,) = asked.world.get(CERTIFICATESIGNINGREQUESTS, "csr")["status"]["conditions"]
    assert condition["message"].startswith("Auto approving self kubelet client certificate")


def test_a_node_gets_no_certificate_for_another_node() -> None:
    asked = Asked("selfnodeclient")
    asked.world.put(CERTIFICATESIGNINGREQUESTS, request(username="system:node:two"))
    controller = asked.world.build(build_approver)
    with pytest.raises(TryAgain, match=r'recognized csr "csr" as \[nodeclient\] but subject access review was not'):
        asked.world.sync(controller, "csr")
    assert asked.world.writes == []


@pytest.mark.parametrize("kind", ["Approved", "Denied"])
def test_what_has_been_decided_is_left_alone(kind: str) -> None:
    asked = Asked("nodeclient", "selfnodeclient")
    asked.world.put(CERTIFICATESIGNINGREQUESTS, request(conditions=[{"type": kind, "status": "True"}]))
    controller = asked.world.build(build_approver)
    asked.world.settle(controller)
    asked.world.sync(controller, "csr")
    assert asked.reviews == []
