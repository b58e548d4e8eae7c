"""PEM texts, found as Go finds them: blocks anywhere between other text, with headers told apart."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass

_block = re.compile(
    rb"^-----BEGIN (?P<kind>[^\n]*?)-----[ \t\r]*\n(?P<body>.*?)^-----END (?P=kind)-----[ \t\r]*$", re.M | re.S
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block; ``data`` is DER."""

    kind: str
    has_headers: bool
    data: bytes


def pem_blocks(text: bytes) -> Iterator[Block]:
    """What looks like a block but is no base64 is passed over."""
    for match in _block.finditer(text):
        headers, blank, body = match["body"].replace(b"\r", b"").partition(b"\n\n")
        if not blank or b":" not in headers:
            headers, body = b"", match["body"]
        try:
            data = b64decode(b"".join(body.split()), validate=True)
        except binascii.Error:
            continue
        yield Block(match["kind"].decode(errors="replace"), bool(headers), data)
