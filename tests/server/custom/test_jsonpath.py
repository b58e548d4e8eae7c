"""JSONPaths, as kubectl reads them, and the cells they fill."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from server.custom.columns import printed, printer_of
from server.custom.formats import string_format
from server.custom.jsonpath import JSONPath, JSONPathError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OBJECT = {
    "metadata": {"name": "x", "creationTimestamp": "2026-01-02T03:03:05Z"},
    "spec": {"list": [1, 2, 3], "a.b": "dotted", "none": None, "yes": True, "half": 0.5},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False", "n": 3}]},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".metadata.name", ["x"]),
        ("$.metadata.name", ["x"]),
        (".spec.list[0]", [1]),
        (".spec.list[-1]", [3]),
        (".spec.list[7]", []),
        (".spec.list[0:2]", [1, 2]),
        (".spec.list[::2]", [1, 3]),
        (".spec.list[0,2]", [1, 3]),
        (".spec.list[*]", [1, 2, 3]),
        (r".spec.a\.b", ["dotted"]),
        (".spec['a.b']", ["dotted"]),
        (".spec.nothing.below", []),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type!='Ready')].status", ["False"]),
        (".status.conditions[?(@.n>2)].type", ["Other"]),
        (".status.conditions[?(@.n)].type", ["Other"]),
        ("..type", ["Ready", "Other"]),
        (".status.conditions.*.type", ["Ready", "Other"]),
    ],
)
def test_a_path_finds(path: str, found: list[Any]) -> None:
    assert JSONPath(path).find(OBJECT) == found


@pytest.mark.parametrize("path", [".a[b]", ".a..", ".a[?(@.b==)]", ".a[?(x)]", ".a b"])
def test_a_path_that_cannot_be_read(path: str) -> None:
    with pytest.raises(JSONPathError):
        JSONPath(path)


@pytest.mark.parametrize(
    ("kind", "path", "cell"),
    [
        ("string", ".spec.list", "[1,2,3]"),
        ("string", ".spec.yes", "true"),
        ("string", ".spec.none", "<nil>"),
        ("string", ".spec.list[1]", "2"),
        ("integer", ".spec.half", 0),
        ("integer", ".metadata.name", None),
        ("number", ".spec.list[0]", 1.0),
        ("boolean", ".spec.yes", True),
        ("boolean", ".spec.half", None),
        ("date", ".metadata.creationTimestamp", "60s"),
        ("date", ".metadata.name", "<invalid>"),
        ("date", ".spec.nothing", None),
    ],
)
def test_a_cell_is_of_the_type_of_its_column(kind: str, path: str, cell: Any) -> None:
    printer = printer_of([{"name": "C", "type": kind, "jsonPath": path}])
    assert printer.row(OBJECT, NOW).cells == ["x", cell]


def test_without_columns_the_age_is_shown() -> None:
    printer = printer_of(())
    assert [column.name for column in printer.columns] == ["Name", "Age"]
    assert printer.row(OBJECT, NOW).cells == ["x", "60s"]


def test_objects_are_printed_as_json() -> None:
    assert printed({"b": 1, "a": "x"}) == '{"a":"x","b":1}'


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("uri", "https://a.io/b?c=d", "a b"),
        ("email", "a@b.io", "a.b.io"),
        ("hostname", "a-b.io", "-a.io"),
        ("ipv4", "10.0.0.1", "10.0.0"),
        ("ipv6", "::1", "10.0.0.1"),
        ("cidr", "10.0.0.0/8", "10.0.0.0"),
        ("mac", "01:23:45:67:89:ab", "01:23"),
        ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810"),
        ("uuid4", "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        ("isbn10", "0321751043", "0321751044"),
        ("isbn13", "978-0321751041", "978-0321751042"),
        ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
        ("ssn", "111-11-1111", "111-1-1111"),
        ("hexcolor", "#FFFFFF", "#FFFFF"),
        ("rgbcolor", "rgb(255,0,9)", "rgb(256,0,9)"),
        ("byte", "aGk=", "aGk"),
        ("date", "2006-01-02", "2006-13-02"),
        ("date-time", "2014-12-15T19:30:20.000Z", "2014-12-15"),
        ("duration", "1h30m", "1 fortnight"),
        ("bsonobjectid", "507f1f77bcf86cd799439011", "507f"),
        ("k8s-short-name", "a-b", "A"),
        ("k8s-long-name", "a.b", "a..b"),
    ],
)
def test_a_format_takes_what_it_names(name: str, good: str, bad: str) -> None:
    check = string_format(name)
    assert check is not None
    assert check(good)
    assert not check(bad)
