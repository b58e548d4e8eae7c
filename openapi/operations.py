"""Which calls a resource offers, independent of the OpenAPI version that will describe them.

All is derived: paths and verbs from the resource, query parameters from the fields of the option types. The
deprecated ``/watch/`` paths are left out, as every client does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from apimachinery.gvk import GroupVersion, GroupVersionKind
from openapi.resources import Resource, Subresource
from openapi.schema import Form, Type, type_of

PRODUCES: Final = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
STREAMS: Final = ("application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
PATCHES: Final = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)
ANYTHING: Final = ("*/*",)

PATCH: Final = Type(Form.RAW, "v1.Patch", definition="io.k8s.apimachinery.pkg.apis.meta.v1.Patch")
"""The body of a patch: whatever its content type says."""

TypeOf = Callable[[GroupVersionKind], Type]

_META: Final = GroupVersion("meta.k8s.io", "v1")
_IN_QUERY: Final = (Form.STRING, Form.BOOL, Form.INT32, Form.INT64, Form.LIST)
_SCALARS: Final = {Form.BOOL: "boolean", Form.INT32: "integer", Form.INT64: "integer"}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    """``path`` or ``query``."""
    type: str


@dataclass(frozen=True, slots=True)
class Operation:
    path: str
    method: str
    id: str
    action: str
    """``x-kubernetes-action``; empty for the list of resources."""
    gvk: GroupVersionKind | None
    tag: str
    parameters: tuple[Parameter, ...]
    codes: tuple[int, ...]
    """Of success."""
    answer: Type | None
    """None for text."""
    body: Type | None = None
    produces: tuple[str, ...] = PRODUCES
    consumes: tuple[str, ...] = ANYTHING


def query_parameters(*options: Type, without: Iterable[str] = ()) -> tuple[Parameter, ...]:
    """The fields of option types that fit into a query, by name."""
    found: dict[str, Parameter] = {}
    for type_ in options:
        for field in type_.fields.values():
            if field.type.form in _IN_QUERY and field.name not in ("kind", "apiVersion", *without):
                found[field.name] = Parameter(field.name, "query", _SCALARS.get(field.type.form, "string"))
    return tuple(found[name] for name in sorted(found))


def base_path(group_version: GroupVersion) -> str:
    return f"/apis/{group_version.api_version}" if group_version.group else f"/api/{group_version.version}"


def _camel(group: str) -> str:
    first, *rest = (group.removesuffix(".k8s.io") or "core").split(".")
    return first + "".join(word.capitalize() for word in rest)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Maker:
    """Makes the operations of one resource."""

    def __init__(self, resource: Resource, types: TypeOf) -> None:
        group_version = resource.group_version
        self.resource = resource
        self.types = types
        self.type = types(resource.gvk)
        self.prefix = _upper(_camel(resource.group)) + _upper(resource.version)
        self.tag = f"{_camel(resource.group)}_{resource.version}"
        self.base = base_path(group_version)
        self.noun = ("Namespaced" if resource.namespaced else "") + resource.kind
        self.collection = f"{self.base}{'/namespaces/{namespace}' if resource.namespaced else ''}/{resource.plural}"
        self.item = f"{self.collection}/{{name}}"

    def make(
        self,
        method: str,
        path: str,
        verb: str,
        query: Iterable[Parameter],
        codes: tuple[int, ...],
        answer: Type | None,
        *,
        action: str = "",
        gvk: GroupVersionKind | None = None,
        noun: str = "",
        body: Type | None = None,
        produces: tuple[str, ...] = PRODUCES,
        consumes: tuple[str, ...] = ANYTHING,
    ) -> Operation:
        """``verb`` begins the operation's id; a ``*`` in it stands for the group-version."""
        places = tuple(
            Parameter(name, "path", "string") for name in ("name", "namespace", "path") if f"{{{name}}}" in path
        )
        head, _, tail = verb.partition("*")
        return Operation(
            path,
            method,
            f"{head}{self.prefix}{tail}{noun or self.noun}",
            action or method,
            gvk or self.resource.gvk,
            self.tag,
            (*places, *query),
            codes,
            answer,
            body,
            produces,
            consumes,
        )

    def of_collection(self) -> Iterator[Operation]:
        resource, pretty = self.resource, Parameter("pretty", "query", "string")
        lists, deletes = type_of(_META.kind("ListOptions")), type_of(_META.kind("DeleteOptions"))
        if "list" in resource.verbs:
            answer = self.types(resource.group_version.kind(resource.list_kind))
            listed = (pretty, *query_parameters(lists))
            both = (*PRODUCES, *STREAMS)
            yield self.make("get", self.collection, "list", listed, (200,), answer, action="list", produces=both)
            if resource.namespaced:
                everywhere, noun = f"{self.base}/{resource.plural}", f"{resource.kind}ForAllNamespaces"
                yield self.make(
                    "get", everywhere, "list", listed, (200,), answer, action="list", noun=noun, produces=both
                )
        if "create" in resource.verbs:
            query = (pretty, *query_parameters(type_of(_META.kind("CreateOptions"))))
            yield self.make("post", self.collection, "create", query, (200, 201, 202), self.type, body=self.type)
        if "deletecollection" in resource.verbs:
            query = (pretty, *query_parameters(lists, deletes, without=("watch", "allowWatchBookmarks")))
            status = type_of(_META.kind("Status"))
            yield self.make(
                "delete",
                self.collection,
                "delete*Collection",
                query,
                (200,),
                status,
                action="deletecollection",
                body=deletes,
            )

    def of_item(self) -> Iterator[Operation]:
        resource, pretty = self.resource, Parameter("pretty", "query", "string")
        yield from self.read_and_write(self.item, self.type, resource.gvk, resource.verbs, self.noun)
        if "delete" in resource.verbs:
            options = type_of(_META.kind("DeleteOptions"))
            answer = self.type if resource.returns_deleted else type_of(_META.kind("Status"))
            query = (pretty, *query_parameters(options))
            yield self.make("delete", self.item, "delete", query, (200, 202), answer, body=options)

    def read_and_write(
        self, path: str, type_: Type, gvk: GroupVersionKind, verbs: tuple[str, ...], noun: str
    ) -> Iterator[Operation]:
        pretty = Parameter("pretty", "query", "string")
        if "get" in verbs:
            yield self.make("get", path, "read", (pretty,), (200,), type_, gvk=gvk, noun=noun)
        if "update" in verbs:
            query = (pretty, *query_parameters(type_of(_META.kind("UpdateOptions"))))
            yield self.make("put", path, "replace", query, (200, 201), type_, gvk=gvk, noun=noun, body=type_)
        if "patch" in verbs:
            query = (pretty, *query_parameters(type_of(_META.kind("PatchOptions"))))
            yield self.make(
                "patch", path, "patch", query, (200, 201), type_, gvk=gvk, noun=noun, body=PATCH, consumes=PATCHES
            )

    def of_subresource(self, sub: Subresource) -> Iterator[Operation]:
        path, noun = f"{self.item}/{sub.name}", self.noun + _upper(sub.name)
        type_ = self.types(sub.kind)
        if sub.kind.kind.endswith("Options"):
            yield from self.connections(path, noun, sub, type_)
        elif sub.name == "log":
            query = query_parameters(self.types(sub.kind.group_version.kind("PodLogOptions")))
            query = (*query, Parameter("pretty", "query", "string"))
            produces = ("text/plain", *PRODUCES)
            yield self.make("get", path, "read", query, (200,), None, gvk=sub.kind, noun=noun, produces=produces)
        else:
            yield from self.read_and_write(path, type_, sub.kind, sub.verbs, noun)
            if "create" in sub.verbs:
                options = query_parameters(type_of(_META.kind("CreateOptions")))
                query = (Parameter("pretty", "query", "string"), *options)
                yield self.make(
                    "post", path, "create", query, (200, 201, 202), type_, gvk=sub.kind, noun=noun, body=type_
                )

    def connections(self, path: str, noun: str, sub: Subresource, options: Type) -> Iterator[Operation]:
        """Streams and proxies: any method the verbs allow, anything in and out."""
        names = {"create": "post", "update": "put"}
        methods = [names.get(verb, verb) for verb in sub.verbs]
        paths = [(path, noun)]
        if sub.name == "proxy":
            methods += ["head", "options"]
            paths.append((f"{path}/{{path}}", f"{noun}WithPath"))
        for where, called in paths:
            for method in methods:
                query = [parameter for parameter in query_parameters(options) if f"{{{parameter.name}}}" not in where]
                yield self.make(
                    method,
                    where,
                    f"connect*{_upper(method)}",
                    query,
                    (200,),
                    None,
                    action="connect",
                    gvk=sub.kind,
                    noun=called,
                    produces=ANYTHING,
                )


def operations(resource: Resource, types: TypeOf = type_of) -> Iterator[Operation]:
    """Everything that can be asked of a resource.

    ``types`` finds the type of its kind, its list, and what its subresources read and write; only their definition's
    name and, of options, the fields matter here.
    """
    maker = _Maker(resource, types)
    yield from maker.of_collection()
    yield from maker.of_item()
    for sub in resource.subresources:
        yield from maker.of_subresource(sub)


def resource_list(group_version: GroupVersion) -> Operation:
    """The discovery of a group-version."""
    camel = _camel(group_version.group)
    return Operation(
        f"{base_path(group_version)}/",
        "get",
        f"get{_upper(camel)}{_upper(group_version.version)}APIResources",
        "",
        None,
        f"{camel}_{group_version.version}",
        (),
        (200,),
        type_of(_META.kind("APIResourceList")),
    )
