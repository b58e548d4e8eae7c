"""JSON text as sigs.k8s.io/json reads it: its errors, its tolerance of bad UTF-8, and the keys an object says twice.

The fast way is orjson; everything here beyond that call is for texts that orjson refuses, or that may repeat a key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from apimachinery.fielderrors import quote

MAX_STRICT_MESSAGES: Final = 100
"""Upstream reports no more strict errors than this."""

DEEPEST: Final = 240
"""Levels of nesting; 14 fewer than orjson prints, for what is put around an object: in managedFields fields have six
levels more, in the row of a Table four, in an event one. What cannot be printed spoils every list that it is in."""

_STRINGS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')


class DecodeError(ValueError):
    """The body cannot become the object asked for; the message is the one Go gives."""


class RepeatedKeys(dict[str, Any]):
    """A JSON object whose text says a key twice; the last value counts. ``pairs`` is the text's order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def parse_json(body: bytes, *, find_duplicates: bool) -> tuple[Any, list[str]]:
    """The value of a JSON text, and messages like ``duplicate field "spec.replicas"`` when asked for.

    Objects with repeated keys are of a subclass of dict that :func:`openapi.decode.decode` understands: its messages
    repeat those of the duplicates that matter to the type, in the order of the text, so a caller that decodes needs the
    list returned here no more.
    Raises DecodeError with the wording of Go's encoding/json.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _tolerant(body)
        _check_depth(body, value)
    else:
        _check_depth(body, value)
        if not find_duplicates or _says_nothing_twice(body, value):
            return value, []
    if not find_duplicates:
        return value, []
    try:
        value = _load_pairs(body)
        return value, list(dict.fromkeys(_duplicates(value, "")))[:MAX_STRICT_MESSAGES]
    except RecursionError:
        raise DecodeError("exceeded max depth") from None


def _check_depth(body: bytes, value: Any) -> None:
    """What has more levels than orjson prints could be taken but never given back. Few brackets make few levels."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    level = [value]
    for _ in range(DEEPEST):
        level = [child for each in level for child in _children(each)]
        if not level:
            return
    raise DecodeError("exceeded max depth")


def _children(value: Any) -> Iterable[Any]:
    """The containers directly in a container."""
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, dict | list)]
    return [each for each in value if isinstance(each, dict | list)] if isinstance(value, list) else ()


def _says_nothing_twice(body: bytes, value: Any) -> bool:
    """Whether the text has no more keys than its value, told by the colons outside strings."""
    compact = orjson.dumps(value)
    return compact == body.strip() or _STRINGS.sub(b"", body).count(b":") == _STRINGS.sub(b"", compact).count(b":")


def _load_pairs(body: bytes) -> Any:
    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        collected = dict(pairs)
        return collected if len(collected) == len(pairs) else RepeatedKeys(pairs)

    text = body.decode(errors="replace")
    return _well_formed(json.loads(text, object_pairs_hook=collect, parse_int=_integer))


def _integer(text: str) -> int | float:
    """Go keeps what fits into 64 bits."""
    number = int(text) if len(text) < 21 else float(text)
    return number if -(1 << 63) <= number < 1 << 63 else float(number)


def _tolerant(body: bytes) -> Any:
    """What orjson refuses and Go accepts: bad UTF-8, lone surrogates, integers beyond 64 bits."""
    text = body.decode(errors="replace")
    _check_syntax(text)
    try:
        return _well_formed(json.loads(text, parse_int=_integer))
    except RecursionError:
        raise DecodeError("exceeded max depth") from None


def _well_formed(value: Any) -> Any:
    """The value with lone surrogates replaced by U+FFFD, as Go does."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_well_formed(item) for item in value]
    if isinstance(value, RepeatedKeys):
        return RepeatedKeys([(_well_formed(key), _well_formed(item)) for key, item in value.pairs])
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(item) for key, item in value.items()}
    return value


def _duplicates(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _duplicates(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        seen: set[str] = set()
        for key, item in value.pairs if isinstance(value, RepeatedKeys) else value.items():
            inner = f"{path}.{key}" if path else key
            if key in seen:
                yield f"duplicate field {quote(inner)}"
            seen.add(key)
            yield from _duplicates(item, inner)


_SKIP: Final = re.compile(r"[ \t\r\n]*")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MAX_DEPTH: Final = 10_000


class _Scanner:
    """Walks a text the way Go's scanner does, only to find where and how it is wrong."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, at: int, context: str) -> DecodeError:
        if at >= len(self.text):
            return DecodeError("unexpected end of JSON input")
        # Go's scanner sees bytes, and shows one as if it were a character.
        char = chr(self.text[at].encode()[0])
        shown = {"'": "'\\''", '"': "'\"'"}.get(char) or "'" + quote(char)[1:-1] + "'"
        return DecodeError(f"invalid character {shown} {context}")

    def skip(self) -> str:
        """The next character that is not white space, or "" at the end."""
        match = _SKIP.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.text[self.at : self.at + 1]

    def string(self) -> None:
        match = _STRING.match(self.text, self.at)
        assert match is not None
        at = match.end()
        if self.text[at : at + 1] == '"':
            self.at = at + 1
            return
        if self.text[at : at + 1] != "\\":
            raise self.fail(at, "in string literal")
        if self.text[at + 1 : at + 2] != "u":
            raise self.fail(at + 1, "in string escape code")
        at += 2
        while self.text[at : at + 1] in tuple("0123456789abcdefABCDEF"):
            at += 1
        raise self.fail(at, "in \\u hexadecimal character escape")

    def number(self) -> None:
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            raise self.fail(self.at + 1, "in numeric literal")
        self.at = match.end()
        rest = self.text[self.at : self.at + 2]
        if rest[:1] == "." and "." not in match[0] and "e" not in match[0].lower():
            raise self.fail(self.at + 1, "after decimal point in numeric literal")
        if rest[:1] in ("e", "E") and "e" not in match[0].lower():
            raise self.fail(self.at + (2 if rest[1:] in ("+", "-") else 1), "in exponent of numeric literal")

    def literal(self, word: str) -> None:
        for offset, expected in enumerate(word):
            if self.text[self.at + offset : self.at + offset + 1] != expected:
                raise self.fail(self.at + offset, f"in literal {word} (expecting '{expected}')")
        self.at += len(word)

    def scalar(self, char: str) -> None:
        if char == '"':
            self.string()
        elif char == "-" or char.isdigit():
            self.number()
        elif char in ("t", "f", "n"):
            self.literal({"t": "true", "f": "false", "n": "null"}[char])
        else:
            raise self.fail(self.at, "looking for beginning of value")

    def key(self) -> None:
        if self.skip() != '"':
            raise self.fail(self.at, "looking for beginning of object key string")
        self.string()
        if self.skip() != ":":
            raise self.fail(self.at, "after object key")
        self.at += 1

    def value(self) -> None:
        """One value with everything in it; the stack holds the closing brackets that are due."""
        stack: list[str] = []
        while True:
            char = self.skip()
            if char in ("{", "["):
                stack.append("}" if char == "{" else "]")
                if len(stack) > _MAX_DEPTH:
                    raise DecodeError("exceeded max depth")
                self.at += 1
                if self.skip() != stack[-1]:
                    if char == "{":
                        self.key()
                    continue
            else:
                self.scalar(char)
                if not stack:
                    return
                if self.after_element(stack[-1]):
                    continue
            if self.close(stack):
                return

    def after_element(self, closing: str) -> bool:
        """Past a comma (True) or at the closing bracket (False)."""
        char = self.skip()
        if char == closing:
            return False
        if char != ",":
            raise self.fail(self.at, "after object key:value pair" if closing == "}" else "after array element")
        self.at += 1
        if closing == "}":
            self.key()
        return True

    def close(self, stack: list[str]) -> bool:
        """Leave what ends here; whether that was all."""
        while True:
            stack.pop()
            self.at += 1
            if not stack:
                return True
            if self.after_element(stack[-1]):
                return False


def _check_syntax(text: str) -> None:
    """Raise DecodeError where Go's scanner would."""
    scanner = _Scanner(text)
    scanner.value()
    if scanner.skip():
        raise scanner.fail(scanner.at, "after top-level value")
