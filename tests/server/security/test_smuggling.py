"""Requests that two readers would read differently: refused, and the connection with them. Over the real listener."""

from __future__ import annotations

from collections.abc import Sequence

import h2.config
import h2.connection
import h2.events
import httpx
import pytest

from tests.server.security.wire import ADMIN, EVE, Wire, head, statuses

SECRETS = "/api/v1/namespaces/kube-system/secrets"
HIDDEN = head("GET", "/api/v1/namespaces", token=ADMIN)
"""What would be let in if it were read as a request of its own."""


def post(*headers: str, body: bytes = b"", token: str = EVE) -> bytes:
    return head("POST", "/api/v1/namespaces/default/configmaps", *headers, token=token, close=False) + body


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: 4", "Content-Length: 400"],
        ["Content-Length: 4, 400"],
        ["Content-Length: 4,4"],
        ["Content-Length: +4"],
        ["Content-Length: -4"],
        ["Content-Length: 0x4"],
        ["Content-Length: 4 4"],
        ["Content-Length: \x0b4"],
        ["Content-Length: 99999999999999999999999999"],
        ["Content-Length:"],
        ["Content-Length: 4", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 4"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Transfer-Encoding: chunked, identity"],
        ["Transfer-Encoding: identity, chunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding: \x0bchunked"],
        ["Transfer-Encoding: gzip"],
        ["Transfer-Encoding : chunked"],
        [" Transfer-Encoding: chunked"],
        ["X: y", " Transfer-Encoding: chunked"],
        ["X: y", "\tContent-Length: 4"],
        ["Content-Length : 4"],
        ["Content\x00Length: 4"],
        ["X: a\x00b"],
        ["X: a\rY: b"],
        ["X"],
        [": x"],
        ["X y: z"],
        ["Host: evil"],
    ],
    ids=repr,
)
def test_a_head_that_can_be_read_in_two_ways_ends_the_connection(wire: Wire, headers: Sequence[str]) -> None:
    said = wire.raw(post(*headers, body=b"0\r\n\r\n" + HIDDEN))
    found = statuses(said)
    assert 200 not in found, said[:500]
    assert all(status in (400, 401, 403, 411, 413, 501) for status in found), found
    assert len(found) <= 1


@pytest.mark.parametrize(
    "body",
    [
        b"4\r\nabcd\r\n0\r\n\r\n",
        b"4;name=value\r\nabcd\r\n0\r\n\r\n",
    ],
)
def test_a_body_in_chunks_is_read_to_its_end_and_no_further(wire: Wire, body: bytes) -> None:
    request = post("Transfer-Encoding: chunked", "Content-Type: application/json", body=body)
    said = wire.raw(request + HIDDEN)
    assert statuses(said) == [403, 200]  # eve's is refused; the next is the admin's own


@pytest.mark.parametrize(
    "body",
    [
        b"4\nabcd\r\n0\r\n\r\n",
        b"0x4\r\nabcd\r\n0\r\n\r\n",
        b"-4\r\nabcd\r\n0\r\n\r\n",
        b"4 \r\nabcd\r\n0\r\n\r\n",
        b"4\r\nabcdef\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nabcd\r\n0\r\n\r\n",
        b"\r\n0\r\n\r\n",
        b"g\r\nabcd\r\n",
    ],
    ids=repr,
)
def test_chunks_that_are_none_end_the_connection(wire: Wire, body: bytes) -> None:
    request = post("Transfer-Encoding: chunked", "Content-Type: application/json", body=body, token=ADMIN)
    said = wire.raw(request + HIDDEN)
    assert 200 not in statuses(said), said[:500]


def test_trailers_are_no_headers(wire: Wire) -> None:
    trailers = b"4\r\nabcd\r\n0\r\nAuthorization: Bearer admin-token\r\nImpersonate-User: admin\r\n\r\n"
    request = head("POST", "/api/v1/namespaces", "Transfer-Encoding: chunked", token=EVE)
    assert statuses(wire.raw(request + trailers)) == [403]


@pytest.mark.parametrize(
    "line",
    [
        "GET /api",
        "GET /api HTTP/1.1 ",
        "GET /a b HTTP/1.1",
        "GET /api\tHTTP/1.1",
        "GET /api HTTP/9.9",
        "GET /api HTTP/1.",
        "G\x00T /api HTTP/1.1",
        "/api HTTP/1.1",
        "",
    ],
    ids=repr,
)
def test_a_first_line_that_is_none_is_refused(wire: Wire, line: str) -> None:
    said = wire.raw(
        f"{line}\r\nHost: x\r\nAuthorization: Bearer {ADMIN}\r\nConnection: close\r\n\r\n".encode("latin-1")
    )
    assert all(status in (400, 404, 405, 505) for status in statuses(said)), said[:300]


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example.com/api/v1/namespaces",
        "https://127.0.0.1/api/v1/namespaces",
        "//evil.example.com/api/v1/namespaces",
        "evil:80",
        "*",
        "api/v1/namespaces",
        "/api/v1/namespaces#fragment",
        "/api/v1/namespaces%",
        "/api/v1/namespaces%zz",
        "/api/v1/namespaces\\..",
    ],
)
def test_odd_targets_lead_nowhere_for_who_may_not_go_there(wire: Wire, target: str) -> None:
    for method in ("GET", "CONNECT", "OPTIONS"):
        found = statuses(wire.raw(head(method, target, token=EVE)))
        assert all(status in (400, 403, 404, 405) for status in found), (method, found)


def test_a_head_without_end_is_not_kept(wire: Wire) -> None:
    many = "".join(f"X-{n}: {'y' * 200}\r\n" for n in range(2_000))
    said = wire.raw(f"GET /api HTTP/1.1\r\nHost: x\r\n{many}".encode())
    assert statuses(said) in ([431], [])


# -- who one claims to be ----------------------------------------------------------------------------------------------

IMPERSONATION = [
    ("Impersonate-User", "admin"),
    ("impersonate-user", "admin"),
    ("IMPERSONATE-USER", "admin"),
    ("Impersonate-Group", "system:masters"),
    ("Impersonate-Uid", "1"),
    ("Impersonate-Extra-Scopes", "all"),
]


@pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
@pytest.mark.parametrize(("name", "value"), IMPERSONATION)
def test_in_any_case_of_letters_one_has_to_have_the_right(wire: Wire, name: str, value: str, http2: bool) -> None:
    for headers in ({name: value}, {"Impersonate-User": "eve", name: value}):
        answer = wire.ask("GET", "/api/v1/namespaces", token=EVE, headers=headers, http2=http2)
        assert answer.status_code in (400, 403)


@pytest.mark.parametrize("name", ["Impersonate_User", "X-Impersonate-User", "Impersonate-User ", "X-Remote-User"])
def test_what_only_looks_like_it_makes_nobody_somebody(wire: Wire, name: str) -> None:
    said = wire.raw(
        head(
            "GET", "/api/v1/namespaces", f"{name}: admin", f"{name.replace('User', 'Group')}: system:masters", token=EVE
        )
    )
    assert statuses(said) in ([403], [400])
    said = wire.raw(head("GET", "/api/v1/namespaces", f"{name}: admin", "X-Remote-Group: system:masters"))
    assert statuses(said) in ([403], [400])


def test_of_repeated_users_the_first_counts_and_groups_all(wire: Wire) -> None:
    twice = ("Impersonate-User: nobody", "Impersonate-User: admin", "Impersonate-Group: system:masters")
    assert statuses(wire.raw(head("GET", "/api/v1/namespaces", *twice, token=EVE))) == [403]
    first = ("Impersonate-User: eve", "Impersonate-User: admin")
    assert statuses(wire.raw(head("GET", "/api/v1/namespaces", *first, token=ADMIN))) == [403]


def test_who_is_nobody_impersonates_nobody(wire: Wire) -> None:
    for value in ("admin", "system:anonymous", "system:serviceaccount:kube-system:default"):
        assert statuses(wire.raw(head("GET", "/api/v1/namespaces", f"Impersonate-User: {value}"))) == [403]


def test_names_are_read_as_they_are_written(wire: Wire) -> None:
    """Not one name for the check and another for the user."""
    body = {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    for name in ("jané", "ж", "名前", "a b", 'a"b', "a,b"):
        headers = {"Impersonate-User": name.encode(), "Impersonate-Group": name.encode()}
        with wire.client(ADMIN) as client:
            told = client.post(path, json=body, headers=headers).json()["status"]["userInfo"]
        assert (told["username"], told["groups"]) == (name, [name, "system:authenticated"])


def test_impersonation_does_not_chain(wire: Wire) -> None:
    """The headers are read once, with the rights of who sent them."""
    headers = ("Impersonate-User: eve", "Impersonate-Group: dev")
    assert statuses(wire.raw(head("GET", "/api/v1/namespaces", *headers, token=ADMIN))) == [403]


# -- other protocols ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["h2c", "websocket", "SPDY/3.1", "TLS/1.3", "foo"])
def test_an_upgrade_that_is_refused_leaves_no_way_through(wire: Wire, protocol: str) -> None:
    """CVE-2018-1002105: what follows a refused upgrade is asked for anew, with its own credentials, or not at all."""
    upgrade = (
        f"Upgrade: {protocol}",
        "Connection: Upgrade",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
    )
    request = head("GET", f"{SECRETS}?watch=true", *upgrade, token=EVE, close=False)
    anonymous = head("GET", "/api/v1/namespaces")
    with wire.connection() as secure:
        secure.sendall(request + anonymous)
        secure.settimeout(0.5)
        said = b""
        try:
            while piece := secure.recv(65536):
                said += piece
        except TimeoutError:
            pass
    assert 200 not in statuses(said), said[:600]
    assert b"NamespaceList" not in said


@pytest.mark.parametrize("path", ["pods/p/exec?command=sh&stdout=true", "pods/p/attach", "pods/p/portforward?ports=1"])
def test_a_stream_that_is_refused_is_followed_by_nothing(wire: Wire, path: str) -> None:
    upgrade = ("Upgrade: SPDY/3.1", "Connection: Upgrade")
    request = head("POST", f"/api/v1/namespaces/default/{path}", *upgrade, token=EVE, close=False)
    said = wire.raw(request + head("GET", "/api/v1/namespaces"))
    assert 200 not in statuses(said)
    assert 101 not in statuses(said)


# -- HTTP/2 ------------------------------------------------------------------------------------------------------------

Header = tuple[str, str]
GET: list[Header] = [
    (":method", "GET"),
    (":scheme", "https"),
    (":authority", "127.0.0.1"),
    (":path", "/api/v1/namespaces"),
]


def ask_h2(wire: Wire, headers: list[Header], body: bytes = b"") -> int:
    """The status; 0 when the stream or the connection is reset instead. Nothing of what is sent is checked here."""
    context = wire.authority.client_context()
    context.set_alpn_protocols(["h2"])
    config = h2.config.H2Configuration(
        validate_outbound_headers=False, normalize_outbound_headers=False, header_encoding="utf-8"
    )
    connection = h2.connection.H2Connection(config)
    with wire.connection(context) as secure:
        connection.initiate_connection()
        connection.send_headers(1, headers, end_stream=not body)
        if body:
            connection.send_data(1, body, end_stream=True)
        secure.sendall(connection.data_to_send())
        while data := secure.recv(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    found = dict(event.headers)
                    return int(found.get(":status") or found[b":status"])  # type: ignore[call-overload]
                if isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
                    return 0
            secure.sendall(connection.data_to_send())
    return 0


def test_a_proper_request_over_http2_is_let_in(wire: Wire) -> None:
    assert ask_h2(wire, [*GET, ("authorization", f"Bearer {ADMIN}")]) == 200


@pytest.mark.parametrize(
    "headers",
    [
        [*GET, (":path", "/healthz")],
        [*GET[:3], (":path", "")],
        GET[:3],
        [*GET[1:]],
        [*GET, ("connection", "close")],
        [*GET, ("transfer-encoding", "chunked")],
        [*GET, ("te", "gzip")],
        [*GET, ("Authorization", f"Bearer {ADMIN}")],
        [("authorization", f"Bearer {ADMIN}"), *GET],
        [*GET, ("x", "a\r\nauthorization: Bearer admin-token")],
        [*GET, ("x\r\nauthorization", f"Bearer {ADMIN}")],
        [*GET, (":authorization", f"Bearer {ADMIN}")],
        [*GET, ("content-length", "4")],
        [*GET, ("host", "evil.example.com")],
        [(":method", "GET /api/v1/namespaces HTTP/1.1\r\nauthorization: Bearer admin-token\r\n"), *GET[1:]],
    ],
    ids=lambda headers: repr(headers[-1]),
)
def test_a_malformed_request_over_http2_is_refused(wire: Wire, headers: list[Header]) -> None:
    assert ask_h2(wire, headers) in (0, 400, 403, 404, 405)


def test_a_body_over_http2_is_as_long_as_it_says(wire: Wire) -> None:
    post_headers = [(":method", "POST"), *GET[1:], ("authorization", f"Bearer {ADMIN}"), ("content-length", "4")]
    assert ask_h2(wire, post_headers, b"{}") in (0, 400)
    assert ask_h2(wire, post_headers, b'{"metadata":{"name":"smuggled"}}') in (0, 400)
    assert wire.ask("GET", "/api/v1/namespaces/smuggled", token=ADMIN).status_code == 404


def test_nothing_of_all_this_has_hurt_the_server(wire: Wire) -> None:
    assert isinstance(answer := wire.ask("GET", "/readyz", token=ADMIN), httpx.Response)
    assert answer.status_code == 200
