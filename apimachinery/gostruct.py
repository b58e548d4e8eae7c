"""A pod template as Go prints its struct: upstream's names of ReplicaSets and revisions hash that text.

k8s.io/utils/dump.ForHash: spew's ``%#v`` without methods and addresses, with sorted keys. ``data/pod_template.json``
has the structs in Go's order (scripts/pod_template_types.py makes it); every new field of any of them changes every
hash, as it does upstream.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from apimachinery.quantity import parts_of
from apimachinery.timefmt import parse_time

_DATA = Path(__file__).parent / "data" / "pod_template.json"
_NIL = "<nil>"
_YEAR_ONE = 62_135_596_800
"""Seconds from Go's beginning of time to Unix's."""
_WORD = (1 << 64) - 1

Field = Sequence[str]
"""Name, type, name in JSON ("" for a struct whose fields are inlined)."""


class Structs:
    """``structs``: fields by type; ``names``: what the other named types are."""

    def __init__(self, structs: Mapping[str, Sequence[Field]], names: Mapping[str, str]) -> None:
        self._structs = structs
        self._names = names

    def show(self, go_type: str, value: Any, *, typed: bool = True) -> str:
        """``value`` as in JSON, canonical; None for what is not there. ``typed``: with the type in front."""
        shown = self._value(go_type, value)
        return f"({go_type}){shown}" if typed else shown

    def _value(self, go_type: str, value: Any) -> str:
        if go_type.startswith("*"):
            return _NIL if value is None else self._value(go_type[1:], value)
        if go_type in _BASIC:
            return _BASIC[go_type](value)
        if go_type in self._structs:
            return self._struct(go_type, value or {})
        if go_type.startswith("[]"):
            return f"[{' '.join(self._value(go_type[2:], entry) for entry in value)}]" if value else _NIL
        if go_type.startswith("map["):
            of = go_type.partition("]")[2]
            pairs = (f"{key}:{self._value(of, value[key])}" for key in sorted(value or (), key=str.encode))
            return f"map[{' '.join(pairs)}]" if value else _NIL
        return self._value(self._names[go_type], value)

    def _struct(self, go_type: str, value: Mapping[str, Any]) -> str:
        fields = (
            f"{name}:{self.show(of, value.get(json_name) if json_name else value)}"
            for name, of, json_name in self._structs[go_type]
        )
        return f"{{{' '.join(fields)}}}"


@cache
def pod_template_structs() -> Structs:
    return Structs(**json.loads(_DATA.read_bytes()))


def show_pod_template(template: Mapping[str, Any]) -> str:
    """``template`` as a server gives it: canonical, with its defaults."""
    return pod_template_structs().show("v1.PodTemplateSpec", template)


def _string(value: Any) -> str:
    return str(value or "")


def _number(value: Any) -> str:
    return str(value or 0)


def _bool(value: Any) -> str:
    return "true" if value else "false"


def _int_or_string(value: Any) -> str:
    if isinstance(value, str):
        return f"{{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string){value}}}"
    return f"{{Type:(intstr.Type)0 IntVal:(int32){value or 0} StrVal:(string)}}"


def _time(value: Any) -> str:
    ext = int(parse_time(value).timestamp()) + _YEAR_ONE if value else 0
    return f"{{Time:(time.Time){{wall:(uint64)0 ext:(int64){ext} loc:(*time.Location)<nil>}}}}"


def _quantity(value: Any) -> str:
    mantissa, scale, text, form, fits = parts_of(str(value))
    small, large = ((mantissa, scale), _NIL) if fits else ((0, 0), _decimal(mantissa, scale))
    return (
        f"{{i:(resource.int64Amount){{value:(int64){small[0]} scale:(resource.Scale){small[1]}}}"
        f" d:(resource.infDecAmount){{Dec:(*inf.Dec){large}}} s:(string){text} Format:(resource.Format){form}}}"
    )


def _decimal(mantissa: int, scale: int) -> str:
    words, rest = [], abs(mantissa)
    while rest:
        words.append(str(rest & _WORD))
        rest >>= 64
    digits = f"[{' '.join(words)}]" if words else _NIL
    return f"{{unscaled:(big.Int){{neg:(bool){_bool(mantissa < 0)} abs:(big.nat){digits}}} scale:(inf.Scale){-scale}}}"


_BASIC: Mapping[str, Callable[[Any], str]] = {
    "string": _string,
    "types.UID": _string,
    "bool": _bool,
    "int32": _number,
    "int64": _number,
    "uint8": _number,
    "intstr.IntOrString": _int_or_string,
    "resource.Quantity": _quantity,
    "v1.Time": _time,
}
