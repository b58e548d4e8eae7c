"""One description of a type, from which decoding, patches, server-side apply, protobuf and OpenAPI follow.

The built-in types come from ``openapi/data``, a file per Go package, read when the first type of the package is asked
for; a struct's fields are built when they are first looked at. A custom resource's schema gives the same values at
run time, through the same constructors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import orjson

from apimachinery.gvk import GroupVersion, GroupVersionKind
from apimachinery.objects import Object
from openapi.groups import PACKAGE_OF, PACKAGES

DATA: Final = Path(__file__).parent / "data"


class Form(Enum):
    """What a value of a type looks like in JSON."""

    STRING = "string"
    INT32 = "int32"
    INT64 = "int64"
    BOOL = "bool"
    DOUBLE = "double"
    BYTES = "bytes"
    """Base64 text."""
    QUANTITY = "quantity"
    INT_OR_STRING = "intOrString"
    TIME = "time"
    MICRO_TIME = "microTime"
    RAW = "raw"
    """Any JSON value, kept as it is."""
    FIELDS_V1 = "fieldsV1"
    """The set of fields of a managedFields entry, kept as it is."""
    STRUCT = "struct"
    LIST = "list"
    MAP = "map"
    UNION = "union"
    """One of ``Type.options``, told apart by the JSON shape (JSONSchemaPropsOrArray and its like)."""


ALWAYS_PRINTED: Final = frozenset(
    {Form.STRUCT, Form.QUANTITY, Form.INT_OR_STRING, Form.TIME, Form.MICRO_TIME, Form.RAW, Form.FIELDS_V1, Form.UNION}
)
"""Forms that are Go structs: ``omitempty`` has no effect on them unless they are pointers."""


class Codec(Protocol):
    """How objects are read and printed whose type is no Go struct: those of custom resources."""

    def decode(self, value: Any) -> tuple[Object, list[str]]:
        """As :func:`openapi.decode.decode`."""

    def canonicalise(self, obj: Object) -> Object:
        """As :func:`openapi.decode.canonicalise`."""


class Type:
    """A type of the API; compared by identity, and possibly recursive.

    ``name`` is Go's (``v1.PodSpec``, ``int32``), for messages; ``definition`` the name of its OpenAPI definition,
    empty for those without one. ``struct_type`` is ``atomic`` where server-side apply owns the whole struct. ``memo``
    holds what others derived from the type, by a key of theirs. ``codec`` is None but for custom resources.
    """

    __slots__ = ("_element", "_fields", "codec", "definition", "enum", "form", "memo", "name", "options", "struct_type")

    def __init__(
        self,
        form: Form,
        name: str,
        *,
        definition: str = "",
        element: Type | Callable[[], Type] | None = None,
        fields: Mapping[str, Field] | Callable[[], Mapping[str, Field]] | None = None,
        options: tuple[tuple[Type, int], ...] = (),
        enum: tuple[str, ...] = (),
        struct_type: str = "",
        codec: Codec | None = None,
    ) -> None:
        self.form = form
        self.name = name
        self.definition = definition
        self._element = element
        self._fields = fields
        self.options = options
        """Of UNION: each possible type with its protobuf number."""
        self.enum = enum
        self.struct_type = struct_type
        self.codec = codec
        self.memo: dict[Any, Any] = {}

    @property
    def element(self) -> Type:
        """What a LIST or MAP holds."""
        if not isinstance(self._element, Type):
            if self._element is None:
                raise TypeError(f"{self.name} has no elements")
            self._element = self._element()
        return self._element

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields of a STRUCT by JSON name, in the order Go prints them."""
        if not isinstance(self._fields, Mapping):
            if self._fields is None:
                raise TypeError(f"{self.name} has no fields")
            self._fields = self._fields()
        return self._fields

    def __repr__(self) -> str:
        return f"Type({self.form.name}, {self.name!r})"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a STRUCT. ``pointer`` tells Go's ``*T`` from ``T``: a pointer is printed when set, even to zero."""

    name: str
    type: Type
    number: int = 0
    """Protobuf; 0 where the field is not in the message (``kind``, ``apiVersion``)."""
    omitempty: bool = False
    pointer: bool = False
    required: bool = False
    patch_strategies: tuple[str, ...] = ()
    patch_merge_key: str = ""
    list_type: str = ""
    list_map_keys: tuple[str, ...] = ()
    map_type: str = ""
    struct_type: str = ""
    """The field's own, else its type's."""
    default: Any = None
    enum: tuple[str, ...] = ()
    omitzero: bool = False
    inline: tuple[int, ...] = ()
    """Protobuf numbers of the embedded messages it sits in, outermost first."""


_SCALARS: Final = MappingProxyType(
    {
        "string": Type(Form.STRING, "string"),
        "bool": Type(Form.BOOL, "bool"),
        "int32": Type(Form.INT32, "int32"),
        "int64": Type(Form.INT64, "int64"),
        "float64": Type(Form.DOUBLE, "float64"),
        "[]byte": Type(Form.BYTES, "[]uint8"),
        "interface{}": Type(Form.RAW, "interface {}"),
        "types.UID": Type(Form.STRING, "types.UID"),
        "types.NodeName": Type(Form.STRING, "types.NodeName"),
        "resource.Quantity": Type(
            Form.QUANTITY, "resource.Quantity", definition="io.k8s.apimachinery.pkg.api.resource.Quantity"
        ),
        "intstr.IntOrString": Type(
            Form.INT_OR_STRING, "intstr.IntOrString", definition="io.k8s.apimachinery.pkg.util.intstr.IntOrString"
        ),
        "runtime.RawExtension": Type(
            Form.RAW, "runtime.RawExtension", definition="io.k8s.apimachinery.pkg.runtime.RawExtension"
        ),
        "meta/v1.Time": Type(Form.TIME, "v1.Time", definition=f"{PACKAGES['meta/v1']}.Time"),
        "meta/v1.MicroTime": Type(Form.MICRO_TIME, "v1.MicroTime", definition=f"{PACKAGES['meta/v1']}.MicroTime"),
        "meta/v1.FieldsV1": Type(Form.FIELDS_V1, "v1.FieldsV1", definition=f"{PACKAGES['meta/v1']}.FieldsV1"),
        "apiextensions/v1.JSON": Type(Form.RAW, "v1.JSON", definition=f"{PACKAGES['apiextensions/v1']}.JSON"),
    }
)
_MAP: Final = re.compile(r"map\[(.+?)\](.+)")


class Package:
    """The types of one Go package (``core/v1``)."""

    def __init__(self, name: str) -> None:
        self.name = name
        """As in the Go import path."""
        self._short = name.rpartition("/")[2]
        self._prefix = PACKAGES[name]
        data = orjson.loads((DATA / f"{name.replace('/', '_')}.json").read_bytes())
        self._aliases: dict[str, Any] = data["aliases"]
        self._rows: dict[str, Any] = data["types"]
        self.names: tuple[str, ...] = tuple(self._rows)
        self._types: dict[str, Type] = {}

    def type(self, name: str) -> Type:
        """The type of a bare Go name; raises KeyError."""
        if name not in self._types:
            self._types[name] = self._alias(name) if name in self._aliases else self._struct(name)
        return self._types[name]

    def of(self, expression: str) -> Type:
        """The type of an expression as the data writes it: ``[]Container``, ``map[string]string``, ``meta/v1.Time``."""
        if expression in _SCALARS:
            return _SCALARS[expression]
        if expression in self._types:
            return self._types[expression]
        if expression.startswith("[]"):
            made = self._list(expression[2:], "")
        elif expression.startswith("map["):
            made = self._map(expression, "")
        elif "." in expression:
            package, _, name = expression.rpartition(".")
            return package_of(package).type(name)
        else:
            return self.type(expression)
        self._types[expression] = made
        return made

    def _list(self, element: str, name: str) -> Type:
        inner = self.of(element)
        return Type(Form.LIST, name or f"[]{inner.name}", element=inner)

    def _map(self, expression: str, name: str) -> Type:
        match = _MAP.fullmatch(expression)
        assert match is not None, expression
        key, element = self.of(match[1]), self.of(match[2])
        return Type(Form.MAP, name or f"map[{key.name}]{element.name}", element=element)

    def _alias(self, name: str) -> Type:
        base = self._aliases[name]
        go_name = f"{self._short}.{name}"
        if isinstance(base, list):
            return Type(Form.STRING, go_name, enum=tuple(base))
        if base.startswith("[]"):
            return self._list(base[2:], go_name)
        if base.startswith("map["):
            return self._map(base, go_name)
        return self.of(base)

    def _struct(self, name: str) -> Type:
        row = self._rows[name]
        go_name, definition = f"{self._short}.{name}", f"{self._prefix}.{name}"
        if "u" in row:
            options = tuple((self.of(expression), number) for expression, number in row["u"])
            return Type(Form.UNION, go_name, definition=definition, options=options)
        return Type(
            Form.STRUCT,
            go_name,
            definition=definition,
            fields=lambda: MappingProxyType({entry[0]: self._field(*entry) for entry in row["f"]}),
            struct_type=row.get("st", ""),
        )

    def _field(
        self, name: str, expression: str, number: int, flags: str, extras: Mapping[str, Any] = MappingProxyType({})
    ) -> Field:
        """The inverse of ``openapi.tools.make_data.encode_field``."""
        of_type = self.of(expression)
        return Field(
            name=name,
            type=of_type,
            number=number,
            omitempty="o" in flags,
            pointer="*" in flags,
            required="r" in flags,
            patch_strategies=tuple(extras.get("ps", ())),
            patch_merge_key=extras.get("mk", ""),
            list_type=extras.get("lt", ""),
            list_map_keys=tuple(extras.get("lk", ())),
            map_type=extras.get("mt", ""),
            struct_type=extras.get("st", of_type.struct_type),
            default=extras.get("d"),
            enum=of_type.enum,
            omitzero="z" in flags,
            inline=tuple(extras.get("in", ())),
        )


@cache
def package_of(name: str) -> Package:
    """The package, loaded once."""
    return Package(name)


def is_kind(type_: Type) -> bool:
    """Whether objects of the type stand alone: they say their ``kind``."""
    return type_.form is Form.STRUCT and "kind" in type_.fields and type_.fields["kind"].number == 0


@cache
def type_of(gvk: GroupVersionKind) -> Type:
    """The type of a kind; raises KeyError.

    The kinds of meta/v1 (DeleteOptions, Status, WatchEvent …) are found in every group-version, where upstream
    registers them.
    """
    package = PACKAGE_OF[GroupVersion(gvk.group, gvk.version)]
    for candidate in (package, "meta/v1"):
        try:
            found = package_of(candidate).type(gvk.kind)
        except KeyError:
            continue
        if is_kind(found) or gvk.kind == "WatchEvent":
            return found
    raise KeyError(gvk)
