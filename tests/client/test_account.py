"""A token of a service account: asked for when needed, renewed in time, its account made if there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kubernetes.client.configuration import Configuration

from apimachinery.clock import FakeClock
from apimachinery.gvk import GroupResource
from apimachinery.status import NotFound
from apimachinery.timefmt import format_time
from client.account import AccountToken


class Api:
    """Answers token requests once the account is there."""

    def __init__(self, clock: FakeClock, *, there: bool) -> None:
        self._clock = clock
        self.there = there
        self.issued = 0

    def create(self, gvr: Any, namespace: str, obj: Any, *, name: str = "", subresource: str = "") -> Any:
        if not subresource:
            self.there = True
            return obj
        if not self.there:
            raise NotFound.of(GroupResource("", "serviceaccounts"), name)
        self.issued += 1
        end = self._clock.now() + timedelta(seconds=obj["spec"]["expirationSeconds"])
        return {"status": {"token": f"token-{self.issued}", "expirationTimestamp": format_time(end)}}


def asking(clock: FakeClock, *, there: bool = True) -> tuple[Api, Callable[[], str]]:
    api: Any = Api(clock, there=there)
    token, configuration = AccountToken(api, "kube-system", "robot", clock), Configuration()

    def current() -> str:
        token.refresh(configuration)
        return str(configuration.api_key["BearerToken"])

    return api, current


def test_a_token_is_kept_until_most_of_its_time_has_passed() -> None:
    clock = FakeClock()
    api, current = asking(clock)
    assert current() == "Bearer token-1"
    clock.advance(2000)
    assert current() == "Bearer token-1"
    clock.advance(1000)
    assert current() == "Bearer token-2"
    assert api.issued == 2


def test_an_account_that_is_missing_is_made() -> None:
    api, current = asking(FakeClock(), there=False)
    assert current() == "Bearer token-1"
    assert api.there
