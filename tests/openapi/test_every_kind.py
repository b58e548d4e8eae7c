"""What holds of decoding and printing for every kind there is."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from openapi.decode import DecodeError, canonicalise, decode
from openapi.irregular import examine
from openapi.schema import Type
from tests.openapi.types import all_kinds
from tests.openapi.values import make

KINDS = pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.definition)
SEEDS = range(4)


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@KINDS
def test_a_decoded_object_is_canonical(kind: Type) -> None:
    for seed in SEEDS:
        obj, messages = decode(make(kind, Random(seed)), kind)
        assert messages == []
        assert text(decode(obj, kind)[0]) == text(obj) == text(canonicalise(obj, kind))


@KINDS
def test_the_order_of_the_input_does_not_matter(kind: Type) -> None:
    def shuffled(value: Any, random: Random) -> Any:
        if isinstance(value, list):
            return [shuffled(item, random) for item in value]
        if isinstance(value, dict):
            keys = random.sample(list(value), len(value))
            return {key: shuffled(value[key], random) for key in keys}
        return value

    for seed in SEEDS:
        value = make(kind, Random(seed))
        assert text(decode(shuffled(value, Random(seed)), kind)[0]) == text(decode(value, kind)[0])


@KINDS
def test_the_slow_examination_finds_nothing_odd_about_good_values(kind: Type) -> None:
    for seed in SEEDS:
        value = make(kind, Random(seed))
        pruned, messages = examine(value, kind)
        assert messages == [] and text(pruned) == text(value)


@KINDS
def test_whatever_is_broken_is_either_named_or_refused(kind: Type) -> None:
    """A value changed at random decodes with or without complaint, or is refused with a message: nothing else."""
    spoilers: tuple[Any, ...] = (None, 1, 1.5, "x", True, [], {}, [None], {"zz": 1})
    for seed in SEEDS:
        random = Random(seed)
        value = make(kind, random)
        place: Any = value
        while isinstance(place, dict) and place:
            key = random.choice(list(place))
            if random.random() < 0.4 or not isinstance(place[key], dict):
                place[key] = random.choice(spoilers)
                break
            place = place[key]
        try:
            obj, _ = decode(value, kind)
        except DecodeError as error:
            assert str(error)
        else:
            assert decode(obj, kind) == (obj, [])
