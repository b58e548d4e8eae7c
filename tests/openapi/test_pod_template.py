"""The structs that hashes are made of are those of the API that is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from apimachinery import gostruct
from openapi.schema import package_of

STRUCTS = json.loads((Path(gostruct.__file__).parent / "data" / "pod_template.json").read_bytes())["structs"]


def json_names(go_type: str) -> Iterator[str]:
    for _, field_type, name in STRUCTS[go_type]:
        yield from [name] if name else json_names(field_type)


@pytest.mark.parametrize("go_type", STRUCTS)
def test_a_struct_has_the_fields_of_its_type_in_their_order(go_type: str) -> None:
    name = go_type.removeprefix("v1.")
    for package in ("core/v1", "meta/v1"):
        try:
            fields = package_of(package).type(name).fields
        except KeyError:
            continue
        assert list(json_names(go_type)) == list(fields)
        return
    pytest.fail(f"there is no type {name}")
