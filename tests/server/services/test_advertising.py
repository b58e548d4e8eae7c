from __future__ import annotations

import pytest

from server.services import advertising
from server.services.advertising import advertised


@pytest.mark.parametrize(
    ("bind", "given", "own", "says"),
    [
        ("10.0.0.5", "", "10.9.9.9", "10.0.0.5"),
        ("10.0.0.5", "10.0.0.6", "10.9.9.9", "10.0.0.6"),
        ("127.0.0.1", "", "10.9.9.9", "10.9.9.9"),
        ("0.0.0.0", "", "10.9.9.9", "10.9.9.9"),
        ("127.0.0.1", "", "", ""),
        ("127.0.0.1", "", "127.0.0.1", ""),
        ("0.0.0.0", "not an address", "10.9.9.9", ""),
    ],
)
def test_what_a_server_says_of_itself(
    monkeypatch: pytest.MonkeyPatch, bind: str, given: str, own: str, says: str
) -> None:
    monkeypatch.setattr(advertising, "outgoing", lambda: own)
    assert advertised(bind, given) == says
