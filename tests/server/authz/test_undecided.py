"""A request that nobody allows, since somebody who might could not be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.authz.config import Webhook
from server.authz.modes import Authorization
from server.authz.webhook import WebhookConfig
from server.outbound.http import Remote
from tests.server.authz.people import ADMIN, BySay, ask
from tests.server.harness import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    nobody = Webhook(Remote("http://127.0.0.1:1/"), 1.0, WebhookConfig())
    chain = Authorization(("RBAC", "Webhook"), nobody)
    with Server(tmp_path / "state.db", authenticator=BySay(), authorization=chain) as running:
        yield running


def test_it_may_be_asked_again_and_is_not_told_why(server: Server) -> None:
    result = ask(server, "jane", "GET", "/api/v1/namespaces/default/pods/<b>")
    assert result.status == 500
    assert result.text == 'Internal Server Error: "/api/v1/namespaces/default/pods/&lt;b&gt;"\n'


def test_who_is_allowed_by_others_does_not_notice(server: Server) -> None:
    assert ask(server, "jane", "GET", "/version").status == 200
    assert ask(server, ADMIN, "GET", "/api/v1/namespaces").status == 200
