"""The Warning headers of an answer: each text once, and not more than clients can take.

Source: k8s.io/apiserver/pkg/endpoints/filters/warning.go, RFC 7234.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MOST = 4 * 1024
"""Characters of all texts together; where there are more, each is cut to LONGEST, and what does not fit is left out."""
LONGEST = 256


def warning_headers(texts: Sequence[str]) -> list[tuple[bytes, bytes]]:
    """Texts with control characters are not told, as upstream does not tell them."""
    told = [text for text in dict.fromkeys(texts) if text and not any(map(_is_control, text))]
    if sum(map(len, told)) > MOST:
        told = _fitting([text[:LONGEST] for text in told])
    return [(b"warning", _quoted(text)) for text in told]


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"


def _fitting(texts: Sequence[str]) -> list[str]:
    """As many as it takes to reach the limit."""
    written = 0
    kept = []
    for text in texts:
        if written >= MOST:
            break
        kept.append(text)
        written += len(text)
    return kept


def _quoted(text: str) -> bytes:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{escaped}"'.encode()
