from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gostruct import Structs

STRUCTS = Structs(
    {
        "v1.Outer": [["Name", "string", "name"], ["Inner", "v1.Inner", ""], ["Next", "*v1.Inner", "next"]],
        "v1.Inner": [["Count", "*int32", "count"], ["Kinds", "[]v1.Kind", "kinds"], ["On", "bool", "on"]],
    },
    {"v1.Kind": "string", "v1.Amounts": "map[v1.Kind]resource.Quantity"},
)
INNER = "{Count:(*int32)<nil> Kinds:([]v1.Kind)<nil> On:(bool)false}"


@pytest.mark.parametrize(
    ("go_type", "value", "expected"),
    [
        ("string", "a b", "(string)a b"),
        ("*int32", None, "(*int32)<nil>"),
        ("*int32", 0, "(*int32)0"),
        ("[]string", ["a", ""], "([]string)[a ]"),
        ("[]string", [], "([]string)<nil>"),
        ("map[string]string", {"b": "2", "a": "1"}, "(map[string]string)map[a:1 b:2]"),
        ("map[string]string", {}, "(map[string]string)<nil>"),
        ("v1.Outer", {}, f"(v1.Outer){{Name:(string) Inner:(v1.Inner){INNER} Next:(*v1.Inner)<nil>}}"),
        (
            "v1.Outer",
            {"name": "n", "count": 1, "kinds": ["x"], "next": {}},
            "(v1.Outer){Name:(string)n Inner:(v1.Inner){Count:(*int32)1 Kinds:([]v1.Kind)[x] On:(bool)false}"
            f" Next:(*v1.Inner){INNER}}}",
        ),
        ("intstr.IntOrString", 80, "(intstr.IntOrString){Type:(intstr.Type)0 IntVal:(int32)80 StrVal:(string)}"),
        ("intstr.IntOrString", "web", "(intstr.IntOrString){Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)web}"),
        ("v1.Time", None, "(v1.Time){Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"),
    ],
)
def test_values_are_printed_as_go_does(go_type: str, value: Any, expected: str) -> None:
    assert STRUCTS.show(go_type, value) == expected


@pytest.mark.parametrize(
    ("text", "value", "scale", "kept", "format"),
    [
        ("100m", 100, -3, "100m", "DecimalSI"),
        ("0", 0, 0, "0", "DecimalSI"),
        ("1k", 1, 3, "1k", "DecimalSI"),
        ("170Mi", 170 << 20, 0, "170Mi", "BinarySI"),
        ("64Mi", 64 << 20, 0, "", "BinarySI"),  # divisible by eight: it might have been 65536Ki
        ("1e3", 1, 3, "1e3", "DecimalExponent"),
    ],
)
def test_quantities_keep_their_text_where_upstream_does(
    text: str, value: int, scale: int, kept: str, format: str
) -> None:
    assert STRUCTS.show("v1.Amounts", {"cpu": text}) == (
        f"(v1.Amounts)map[cpu:{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}}"
        f" d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){kept} Format:(resource.Format){format}}}]"
    )


def test_large_quantities_are_decimals_of_any_size() -> None:
    assert (
        "i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec)"
        in (shown := STRUCTS.show("resource.Quantity", "1Ei"))
    )
    assert "{unscaled:(big.Int){neg:(bool)false abs:(big.nat)[1152921504606846976]} scale:(inf.Scale)0}" in shown
