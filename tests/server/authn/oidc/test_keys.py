"""The keys a provider publishes: found, trusted, looked for again, and not too often."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from apimachinery.clock import FakeClock
from apimachinery.status import Unauthorized
from server.authn.jwk import KeySetError, key_set, read_key_set
from server.authn.oidc.authenticator import OidcTokens
from server.authn.oidc.issuer import Issuer, Mapped
from server.authn.oidc.keys import PAUSE, WELL_KNOWN
from server.authn.signatures import PrivateKey
from tests.server.authn.oidc.provider import EC_KEY, RSA_KEY, claims, token
from tests.server.http.certificates import Authority
from tests.server.outbound.fake import Answer, Asked, Fake, serving


class World:
    """A provider, and a server that takes its tokens."""

    def __init__(self, fake: Fake, tokens: OidcTokens, clock: FakeClock) -> None:
        self.fake, self.tokens, self.clock = fake, tokens, clock
        self.keys: list[PrivateKey] = [RSA_KEY]

    def token(self, key: Any = RSA_KEY, **more: Any) -> bytes:
        return token(claims(iss=self.fake.url, **more), key).encode()

    async def lets_in(self, text: bytes) -> bool:
        try:
            return await self.tokens.identify(text, ["api"], None) is not None
        except Unauthorized:
            return False

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.fake.asked]


def play(
    folder: Path,
    scenario: Callable[[World], Coroutine[Any, Any, None]],
    answer: Callable[[Asked, World], Answer | None] = lambda asked, world: None,
    trusting: Authority | None = None,
    discovery: str = "",
) -> None:
    authority = Authority(folder)
    files = authority.server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    worlds: list[World] = []

    def answers(asked: Asked) -> Answer:
        world = worlds[0]
        if (special := answer(asked, world)) is not None:
            return special
        if asked.path == (discovery or WELL_KNOWN):
            return Answer(200, {"issuer": world.fake.url, "jwks_uri": f"{world.fake.url}/keys"})
        return Answer(200, key_set([key.public_key() for key in world.keys]))

    async def run() -> None:
        clock = FakeClock()
        async with serving(answers, context) as fake:
            issuer = Issuer(
                url=fake.url,
                audiences=("kubernetes",),
                username=Mapped("sub"),
                authority=(trusting or authority).file.read_text(),
                discovery_url=f"{fake.url}{discovery}" if discovery else "",
            )
            worlds.append(World(fake, OidcTokens([issuer], clock), clock))
            await scenario(worlds[0])

    asyncio.run(run())


def test_keys_are_found_by_discovery_and_remembered(tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        for number in range(3):
            assert await world.lets_in(world.token(jti=str(number)))
        assert world.paths == [WELL_KNOWN, "/keys"]

    play(tmp_path / "ca", scenario)


def test_the_description_may_be_elsewhere(tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        assert await world.lets_in(world.token())
        assert world.paths == ["/else/where", "/keys"]

    play(tmp_path / "ca", scenario, discovery="/else/where")


def test_a_new_key_is_looked_for_when_a_token_needs_it(tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        assert await world.lets_in(world.token())
        new = rsa.generate_private_key(65537, 2048)
        world.keys.append(new)
        world.clock.advance(PAUSE)
        assert await world.lets_in(world.token(new))
        assert await world.lets_in(world.token())

    play(tmp_path / "ca", scenario)


def test_made_up_key_ids_do_not_make_us_ask_again_and_again(tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        foreign = rsa.generate_private_key(65537, 2048)
        for number in range(50):
            assert not await world.lets_in(world.token(foreign, jti=str(number)))
        assert world.paths == [WELL_KNOWN, "/keys"]
        world.clock.advance(PAUSE)
        assert not await world.lets_in(world.token(foreign))
        assert len(world.paths) == 4

    play(tmp_path / "ca", scenario)


def test_many_at_once_ask_once(tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        came = await asyncio.gather(*(world.lets_in(world.token(jti=str(n))) for n in range(20)))
        assert all(came)
        assert world.paths == [WELL_KNOWN, "/keys"]

    play(tmp_path / "ca", scenario)


@pytest.mark.parametrize(
    "wrong",
    [
        Answer(500),
        Answer(200, b"nonsense"),
        Answer(200, {"issuer": "https://evil.example.com", "jwks_uri": "https://evil.example.com"}),
        Answer(200, {"keys": "none"}),
        Answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_a_provider_that_talks_nonsense_lets_nobody_in_until_it_recovers(tmp_path: Path, wrong: Answer) -> None:
    ill = [True]

    async def scenario(world: World) -> None:
        assert not await world.lets_in(world.token())
        ill.clear()
        assert not await world.lets_in(world.token())
        world.clock.advance(PAUSE)
        assert await world.lets_in(world.token())

    play(tmp_path / "ca", scenario, lambda asked, world: wrong if ill else None)


def test_keys_by_plain_http_are_not_fetched(tmp_path: Path) -> None:
    def answer(asked: Asked, world: World) -> Answer | None:
        plain = world.fake.url.replace("https", "http")
        return (
            Answer(200, {"issuer": world.fake.url, "jwks_uri": f"{plain}/keys"}) if asked.path == WELL_KNOWN else None
        )

    async def scenario(world: World) -> None:
        assert not await world.lets_in(world.token())
        assert world.paths == [WELL_KNOWN]

    play(tmp_path / "ca", scenario, answer)


def test_a_provider_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        assert not await world.lets_in(world.token())
        assert world.paths == []

    play(tmp_path / "ca", scenario, trusting=Authority(tmp_path / "other"))


def test_a_key_set_is_read_as_it_is_printed() -> None:
    printed = key_set([RSA_KEY.public_key(), EC_KEY.public_key()])
    assert [key.key for key in read_key_set(printed)] == [RSA_KEY.public_key(), EC_KEY.public_key()]


def test_keys_for_other_uses_and_of_other_sorts_are_left_out() -> None:
    odd = b'{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"},{"kty":"OKP"}]}'
    assert read_key_set(odd) == ()


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys":7}', b'{"keys":[7]}', b'{"keys":[{"kty":"RSA"}]}'])
def test_what_is_no_key_set_is_an_error(text: bytes) -> None:
    with pytest.raises(KeySetError):
        read_key_set(text)
