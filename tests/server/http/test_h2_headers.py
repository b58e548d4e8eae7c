from __future__ import annotations

from hpack import Decoder, Encoder, NeverIndexedHeaderTuple
from hypothesis import given
from hypothesis import strategies as st

from server.http.h2_headers import StaticEncoder

NAMES = st.sampled_from([b":status", b"content-type", b"date", b"age", b"audit-id", b"x" * 200]) | st.binary(min_size=1)
VALUES = st.sampled_from([b"200", b"404", b"application/json", b"v" * 126, b"v" * 127, b"v" * 5000]) | st.binary()


@given(st.lists(st.lists(st.tuples(NAMES, VALUES), max_size=8), max_size=3))
def test_any_decoder_reads_what_was_written(blocks: list[list[tuple[bytes, bytes]]]) -> None:
    encoder, decoder = StaticEncoder(), Decoder()
    for headers in blocks:
        assert list(decoder.decode(encoder.encode(headers), raw=True)) == headers


def test_a_pair_of_the_static_table_is_one_byte() -> None:
    assert StaticEncoder().encode([(b":status", b"200")]) == b"\x88"


def test_what_must_not_be_indexed_says_so() -> None:
    block = StaticEncoder().encode([NeverIndexedHeaderTuple(b"set-cookie", b"secret")])
    (header,) = Decoder().decode(block, raw=True)
    assert isinstance(header, NeverIndexedHeaderTuple)


def test_a_smaller_table_of_the_peer_is_acknowledged() -> None:
    ours, theirs = StaticEncoder(), Encoder()
    for encoder in (ours, theirs):
        encoder.header_table_size = 0
    decoder = Decoder()
    decoder.max_allowed_table_size = 0
    assert list(decoder.decode(ours.encode([(b"a", b"b")]), raw=True)) == [(b"a", b"b")]
    assert ours.encode([]) == b""
    assert theirs.encode([(b":status", b"200")]) == b"\x20\x88"
