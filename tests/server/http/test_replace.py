from __future__ import annotations

import pytest
from hypercorn.protocol.h2 import H2Protocol, StreamBuffer
from hypercorn.protocol.h11 import H11Protocol

from server.http.h2 import H2_REPLACEMENT, RepairedH2
from server.http.h11 import H11_REPLACEMENT, PhrasedH11
from server.http.replace import Replacement

REPLACEMENTS = (H2_REPLACEMENT, H11_REPLACEMENT)


@pytest.mark.parametrize(
    ("replacement", "name"), [(replacement, name) for replacement in REPLACEMENTS for name in replacement.needs]
)
def test_the_installed_hypercorn_has_the_name_we_build_on(replacement: Replacement, name: str) -> None:
    assert name not in replacement.missing()


def test_with_all_names_there_our_classes_are_used() -> None:
    assert H2_REPLACEMENT.chosen() is RepairedH2
    assert H11_REPLACEMENT.chosen() is PhrasedH11


@pytest.mark.parametrize("stock", [H2Protocol, H11Protocol])
def test_with_a_name_missing_the_stock_class_is_used(stock: type) -> None:
    replacement = Replacement(stock, RepairedH2, ("stream_send", "_a_name_hypercorn_has_dropped"))
    assert replacement.missing() == ("_a_name_hypercorn_has_dropped",)
    assert replacement.chosen() is stock


@pytest.mark.parametrize("name", ["_complete", "_is_empty", "_paused", "buffer", "close", "complete", "set_complete"])
def test_the_stream_buffer_has_the_name_we_build_on(name: str) -> None:
    assert name not in Replacement(StreamBuffer, StreamBuffer, (name,)).missing()
