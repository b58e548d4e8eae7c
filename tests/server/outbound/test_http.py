"""Asking others over HTTP: answers, refusals, time."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from server.outbound.http import LARGEST, OutboundError, Remote, send
from tests.server.http.certificates import Authority
from tests.server.outbound.fake import Answer, serving


def test_an_answer_has_status_headers_and_body() -> None:
    async def scenario() -> None:
        async with serving(lambda asked: Answer(201, {"got": asked.method}, {"X-Thing": "a"})) as fake:
            remote = Remote(f"{fake.url}/a/b?c=d", headers={"Authorization": "Bearer t"})
            reply = await send(remote, "POST", b"{}", content_type="application/json")
            assert (reply.status, reply.body, reply.headers["x-thing"]) == (201, b'{"got":"POST"}', "a")
            (asked,) = fake.asked
            assert (asked.path, asked.body) == ("/a/b?c=d", b"{}")
            assert asked.headers["authorization"] == "bearer t"

    asyncio.run(scenario())


def test_who_refuses_the_connection_is_named_in_gos_words() -> None:
    async def ask() -> str:
        async with serving(lambda asked: Answer()) as fake:
            pass
        with pytest.raises(OutboundError) as refused:
            await send(Remote(fake.url), "GET")
        return str(refused.value).replace(fake.url.removeprefix("http://"), "HOST")

    assert asyncio.run(ask()) == "GET http://HOST: dial tcp HOST: connect: connection refused"


def test_redirects_are_not_followed() -> None:
    async def scenario() -> None:
        async with serving(lambda _: Answer(302, b"", {"Location": "http://127.0.0.1:1/"})) as fake:
            assert (await send(Remote(fake.url), "GET")).status == 302
            assert len(fake.asked) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("answer", "why", "again"),
    [
        (Answer(200, b"x" * 100, cut=10), "ended before the answer did", True),
        (Answer(200, b"x" * (LARGEST + 1)), "more than", False),
    ],
)
def test_half_an_answer_or_too_much_is_none(answer: Answer, why: str, again: bool) -> None:
    async def scenario() -> None:
        async with serving(lambda _: answer) as fake:
            with pytest.raises(OutboundError, match=why) as caught:
                await send(Remote(fake.url), "GET")
            assert caught.value.again is again

    asyncio.run(scenario())


def test_who_does_not_answer_in_time_is_given_up() -> None:
    async def scenario() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(OutboundError, match="no answer within"):
                await send(Remote(f"http://127.0.0.1:{port}"), "GET", seconds=0.05)

    asyncio.run(scenario())


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "https:///x", "http://127.0.0.1:1/"])
def test_what_cannot_be_asked_is_an_error_of_one_line(url: str) -> None:
    with pytest.raises(OutboundError) as caught:
        asyncio.run(send(Remote(url), "GET"))
    assert "\n" not in str(caught.value)


def test_a_line_break_in_a_header_is_not_sent() -> None:
    with pytest.raises(OutboundError):
        asyncio.run(send(Remote("http://127.0.0.1:1", headers={"A": "b\r\nC: d"}), "GET"))


def test_a_certificate_of_another_authority_is_not_trusted(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    files = theirs.server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    async def scenario() -> None:
        async with serving(lambda _: Answer(200, b"secret"), context) as fake:
            with pytest.raises(
                OutboundError, match="tls: failed to verify certificate: x509: certificate signed by unknown authority"
            ):
                await send(Remote(fake.url, tls=ours.client_context()), "GET")
            assert (await send(Remote(fake.url, tls=theirs.client_context()), "GET")).body == b"secret"

    asyncio.run(scenario())
