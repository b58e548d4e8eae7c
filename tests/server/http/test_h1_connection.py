from __future__ import annotations

import asyncio
import logging

import pytest

from server.http.h1_connection import DISCARD_LIMIT
from tests.server.http.harness import MANNERS, Lab, get, post, run, serving


@pytest.fixture(autouse=True, params=[False, True], ids=["together", "at once"])
def eager(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of this holds however requests are begun."""
    monkeypatch.setattr(MANNERS, "eager", request.param)


def test_a_connection_serves_one_request_after_the_other() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            first, second = await peer.get("/a"), await peer.get("/b?c=d")
            assert (first.status, first.reason, first.body, second.body) == (200, "OK", b"/a", b"/b")

    run(main())


def test_the_scope_holds_what_asgi_says() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            await peer.ask(get("/a%20b/c?x=%20y", "X-Thing: Value"))
        scope = lab.scopes[0]
        assert scope["path"] == "/a b/c"
        assert (scope["raw_path"], scope["query_string"]) == (b"/a%20b/c", b"x=%20y")
        assert scope["headers"] == [(b"host", b"test"), (b"x-thing", b"Value")]
        assert (scope["type"], scope["http_version"], scope["method"], scope["scheme"]) == (
            "http",
            "1.1",
            "GET",
            "http",
        )
        assert scope["server"] == ("127.0.0.1", server.port)
        assert scope["client"][0] == "127.0.0.1"
        assert scope["extensions"].keys() == {"patience"}

    run(main())


@pytest.mark.parametrize(
    ("target", "path"), [("http://host/a/b?c", "/a/b"), ("http://host", "/"), ("http://host?q", "/"), ("*", "*")]
)
def test_a_target_in_another_form_gives_its_path(target: str, path: str) -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            await peer.ask(f"OPTIONS {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        assert lab.scopes[0]["path"] == path

    run(main())


def test_a_body_arrives_whole_by_length_and_by_chunks() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            body = b"x" * 1_000_000
            assert (await peer.ask(post("/echo", body))).body == body
            peer.writer.write(b"POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
            for part in (b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"):
                peer.writer.write(part)
                await peer.writer.drain()
            assert (await peer.answer()).body == b"abcde"

    run(main())


def test_pipelined_requests_are_answered_in_order() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/wait") + get("/b") + post("/echo", b"body")[:-2])
            while not lab.scopes:
                await asyncio.sleep(0)
            lab.go.set()
            assert [(await peer.answer()).body for _ in range(2)] == [b"went", b"/b"]
            peer.writer.write(b"dy")
            assert (await peer.answer()).body == b"body"

    run(main())


def test_a_client_that_waits_for_100_continue_gets_it_when_the_body_is_wanted() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            peer.writer.write(post("/echo", b"", "Expect: 100-continue").replace(b"Length: 0", b"Length: 4"))
            assert (await peer.head()).status == 100
            assert (await peer.ask(b"body")).body == b"body"

    run(main())


def test_a_body_that_is_not_wanted_is_not_asked_for_and_the_connection_ends() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            answer = await peer.ask(post("/early", b"", "Expect: 100-continue").replace(b"Length: 0", b"Length: 4"))
            assert (answer.status, answer.headers["connection"]) == (403, "close")

    run(main())


def test_an_answer_before_the_body_was_read_keeps_the_connection() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            body = b"x" * 300_000
            head = post("/early", body)[: -len(body)]
            assert (await peer.ask(head)).status == 403
            peer.writer.write(body)
            assert (await peer.get("/after")).body == b"/after"

    run(main())


def test_a_body_nobody_reads_is_not_taken_without_end() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            size = 4 * DISCARD_LIMIT
            assert (await peer.ask(post("/early", b"").replace(b"Length: 0", b"Length: %d" % size))).status == 403
            with pytest.raises(ConnectionError):
                for _ in range(size // 65536):
                    peer.writer.write(b"x" * 65536)
                    await peer.writer.drain()

    run(main())


def test_a_stream_is_flushed_part_by_part_and_ended_properly() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/watch"))
            assert (await peer.head()).headers["transfer-encoding"] == "chunked"
            assert await peer.chunk() == b"first\n"
            lab.go.set()
            assert await peer.chunk() == b"last\n"
            assert await peer.chunk() == b""
            assert (await peer.get("/after")).body == b"/after"

    run(main())


def test_a_stream_learns_that_its_client_is_gone() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/watch"))
            await peer.head()
            peer.close()
            await lab.left.wait()

    run(main())


def test_a_client_that_has_closed_its_sending_side_still_gets_its_answer() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/wait"))
            peer.writer.write_eof()
            while not lab.scopes:
                await asyncio.sleep(0)
            lab.go.set()
            assert (await peer.answer()).body == b"went"
            assert await peer.closed()

    run(main())


def test_a_client_that_takes_nothing_makes_the_application_wait() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/flood"))
            await peer.head()
            sent = -1
            while sent != lab.sent:
                sent = lab.sent
                await asyncio.sleep(0.05)
            assert sent < 20_000_000
            peer.close()
            lab.left.set()

    run(main())


def test_pipelined_answers_wait_while_the_client_takes_nothing() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            body = b"x" * 3_000_000
            peer.writer.write(post("/echo", body) * 20)
            count = -1
            while count != len(lab.scopes):
                count = len(lab.scopes)
                await asyncio.sleep(0.05)
            assert count < 10
            for _ in range(20):
                assert len((await peer.answer()).body) == len(body)

    run(main())


def test_an_application_that_fails_is_a_500_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            answer = await peer.get("/fail")
            assert (answer.status, answer.reason) == (500, "Internal Server Error")
            assert (await peer.get("/after")).body == b"/after"

    run(main())
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.ERROR, "GET /fail failed")]


def test_an_application_that_says_nothing_is_a_500() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            assert (await peer.get("/nothing")).status == 500

    run(main())


@pytest.mark.usefixtures("caplog")
def test_half_an_answer_does_not_look_like_a_whole_one() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            peer.writer.write(get("/half"))
            await peer.head()
            assert await peer.chunk() == b"half"
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await peer.chunk()

    run(main())


def test_what_is_not_http_is_refused_after_what_came_before_is_answered() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            peer.writer.write(get("/a") + b"\x16\x03\x01 nonsense\r\n\r\n")
            assert (await peer.answer()).body == b"/a"
            refusal = await peer.answer()
            assert (refusal.status, refusal.reason, refusal.headers["connection"]) == (400, "Bad Request", "close")
            assert await peer.closed()

    run(main())


def test_a_body_that_breaks_the_rules_never_reaches_its_end() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(b"POST /watch HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
            await peer.head()
            peer.writer.write(b"zz\r\n")
            await lab.left.wait()
            await peer.closed()

    run(main())


def test_the_answer_to_head_has_no_body() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            peer.writer.write(get("/a").replace(b"GET", b"HEAD"))
            assert (await peer.head()).status == 200
            assert (await peer.get("/b")).body == b"/b"

    run(main())


def test_http_1_0_is_answered_and_the_connection_closed() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            peer.writer.write(b"GET /ticks HTTP/1.0\r\n\r\n")
            assert (await peer.head()).headers["connection"] == "close"
            assert await peer.reader.read() == b"one\ntwo\n"

    run(main())


def test_after_connection_close_nothing_more_is_served() -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            answer = await peer.ask(get("/a", "Connection: close") + get("/b"))
            assert answer.headers["connection"] == "close"
            assert await peer.closed()
        assert [scope["path"] for scope in lab.scopes] == ["/a"]

    run(main())
