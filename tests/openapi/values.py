"""Makes values of any type, for tests that hold for every kind. What it makes depends on the given randomness alone."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random
from typing import Any

from openapi.schema import Form, Type

_WORDS = ("a", "nginx:1.25", "", "wört", "true", "🚢", 'quo"ted', "x" * 200)
_QUANTITIES = ("0", "1", "500m", "128Mi", "1e3", "-2", "1.5Gi")
_TIMES = ("2026-01-01T10:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z")


def make(type_: Type, random: Random, *, depth: int = 0) -> Any:
    """A JSON value a client could send for the type; with growing depth fewer fields are set."""
    match type_.form:
        case Form.STRUCT:
            return {
                name: make(field.type, random, depth=depth + 1)
                for name, field in type_.fields.items()
                if random.random() < 2 / (2 + depth)
            }
        case Form.LIST:
            return [make(type_.element, random, depth=depth + 1) for _ in range(random.randint(1, 2))]
        case Form.MAP:
            keys = random.sample(("b", "a", "ä", "example.com/x"), random.randint(1, 2))
            return {key: make(type_.element, random, depth=depth + 1) for key in keys}
        case Form.UNION:
            return make(random.choice(type_.options)[0], random, depth=depth + 1)
        case Form.RAW | Form.FIELDS_V1:
            return json.loads(random.choice(('{"a":{"b":[1,null,"x",1.5]}}', "[1]", '"text"', "5", "false")))
        case _:
            return _scalar(type_, random)


def _scalar(type_: Type, random: Random) -> Any:
    choices: dict[Form, tuple[Any, ...]] = {
        Form.STRING: type_.enum or _WORDS,
        Form.BYTES: ("", b64encode(random.randbytes(5)).decode()),
        Form.INT32: (0, 1, -1, 2**31 - 1, -(2**31), 127, 128),
        Form.INT64: (0, 1, -1, 2**63 - 1, -(2**63), 300),
        Form.BOOL: (True, False),
        Form.DOUBLE: (0, 1, -2.5, 1e300, 0.1),
        Form.QUANTITY: _QUANTITIES,
        Form.INT_OR_STRING: (0, 8080, -1, "http", "25%", ""),
        Form.TIME: _TIMES,
        Form.MICRO_TIME: tuple(time[:-1] + ".123456Z" for time in _TIMES),
    }
    return random.choice(choices[type_.form])
