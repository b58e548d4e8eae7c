"""Answers requests for metrics.k8s.io, from what has been measured and the nodes and pods that the cluster has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from apimachinery.fields import FieldSelector, FieldSelectorError, parse_field_selector
from apimachinery.gvk import GroupResource
from apimachinery.labels import Selector, SelectorError, parse_selector
from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.status import BadRequest, MethodNotAllowed, NotFound, StatusError
from metricsserver.objects import GROUP, PREFIX, RESOURCES, listed, node_metrics, pod_metrics, table
from metricsserver.openapi import PAGES
from metricsserver.usage import Usage

_READ_ONLY = "the server does not allow this method on the requested resource"


class Answer(NamedTuple):
    code: int
    body: bytes
    content_type: str = "application/json"


class Cluster(NamedTuple):
    """``pods``: of a namespace, or of all ("")."""

    nodes: Callable[[], Iterable[Object]]
    pods: Callable[[str], Iterable[Object]]


class _Selection(NamedTuple):
    labels: Selector
    fields: FieldSelector
    accept: str
    include: str

    def takes(self, obj: Object) -> bool:
        fields = {"metadata.name": name_of(obj), "metadata.namespace": namespace_of(obj)}
        return self.labels.matches(obj["metadata"].get("labels") or {}) and self.fields.matches(fields)

    @property
    def wants_table(self) -> bool:
        """Whether the first form that is asked for and there is, is a Table."""
        for clause in self.accept.split(","):
            media_type, *parameters = (part.strip() for part in clause.split(";"))
            if media_type in ("application/json", "application/*", "*/*"):
                return "as=Table" in parameters
        return False


class API:
    def __init__(self, cluster: Cluster, usage: Callable[[], Usage]) -> None:
        self._cluster = cluster
        self._usage = usage

    def answer(self, method: str, target: str, accept: str) -> Answer:
        url = urlsplit(target)
        try:
            if method not in ("GET", "HEAD"):
                raise MethodNotAllowed(_READ_ONLY, {})
            return self._get(unquote(url.path), parse_qs(url.query), accept)
        except StatusError as error:
            return Answer(error.status_code, orjson.dumps(error.to_status()))

    def _get(self, path: str, query: Mapping[str, list[str]], accept: str) -> Answer:
        if path in ("/healthz", "/livez", "/readyz"):
            return Answer(200, b"ok", "text/plain; charset=utf-8")
        if path.rstrip("/") == PREFIX:
            return Answer(200, orjson.dumps(RESOURCES))
        if path in PAGES:
            return Answer(200, PAGES[path])
        if not path.startswith(f"{PREFIX}/"):
            raise NotFound.path()
        if query.get("watch", ["false"])[0] not in ("false", "0"):
            raise MethodNotAllowed(_READ_ONLY, {})
        selection = _selection(query, accept)
        match path.removeprefix(f"{PREFIX}/").rstrip("/").split("/"):
            case ["nodes"]:
                return _many(self._nodes(selection), "NodeMetrics", selection)
            case ["nodes", name]:
                return _one(self._nodes(selection), "nodemetrics", name, name, selection)
            case ["pods"]:
                return _many(self._pods("", selection), "PodMetrics", selection)
            case ["namespaces", namespace, "pods"]:
                return _many(self._pods(namespace, selection), "PodMetrics", selection)
            case ["namespaces", namespace, "pods", name]:
                return _one(self._pods(namespace, selection), "podmetrics", f"{namespace}/{name}", name, selection)
        raise NotFound.path()

    def _nodes(self, selection: _Selection) -> list[Object]:
        usage = self._usage()
        chosen = sorted(filter(selection.takes, self._cluster.nodes()), key=name_of)
        return [node_metrics(node, used) for node in chosen if (used := usage.node(name_of(node))) is not None]

    def _pods(self, namespace: str, selection: _Selection) -> list[Object]:
        usage = self._usage()
        chosen = sorted(filter(selection.takes, self._cluster.pods(namespace)), key=_place)
        found = ((pod, usage.pod(namespace_of(pod), name_of(pod))) for pod in chosen)
        return [pod_metrics(pod, used) for pod, used in found if used is not None]


def _place(obj: Object) -> tuple[str, str]:
    return namespace_of(obj), name_of(obj)


def _selection(query: Mapping[str, list[str]], accept: str) -> _Selection:
    try:
        labels = parse_selector(query.get("labelSelector", [""])[0])
        fields = parse_field_selector(query.get("fieldSelector", [""])[0])
    except (SelectorError, FieldSelectorError) as error:
        raise BadRequest(str(error)) from None
    return _Selection(labels, fields, accept, query.get("includeObject", ["Metadata"])[0])


def _many(items: list[Object], kind: str, selection: _Selection) -> Answer:
    if selection.wants_table:
        return Answer(200, orjson.dumps(table(items, is_list=True, include=selection.include)))
    return Answer(200, orjson.dumps(listed(items, kind)))


def _one(items: list[Object], resource: str, shown: str, name: str, selection: _Selection) -> Answer:
    found = [item for item in items if name_of(item) == name]
    if not found:
        raise NotFound.of(GroupResource(GROUP, resource), shown)
    if selection.wants_table:
        return Answer(200, orjson.dumps(table(found, is_list=False, include=selection.include)))
    return Answer(200, orjson.dumps(found[0]))
