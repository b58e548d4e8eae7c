"""Which flow schema a request belongs to. Source: k8s.io/apiserver/pkg/util/flowcontrol/rule.go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apimachinery.objects import Object
from server.authn.user import User
from server.requestinfo import RequestInfo

_ACCOUNT = "system:serviceaccount:"


class Digest(NamedTuple):
    """What classification looks at; ``verb`` as authorization sees it."""

    user: User
    verb: str
    info: RequestInfo


class Schema(NamedTuple):
    """A FlowSchema. ``by``: ByUser, ByNamespace or empty."""

    name: str
    uid: str
    level: str
    precedence: int
    by: str
    rules: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, obj: Object) -> Schema:
        spec, metadata = obj["spec"], obj["metadata"]
        method = spec.get("distinguisherMethod") or {}
        level = spec["priorityLevelConfiguration"]["name"]
        precedence = spec.get("matchingPrecedence") or 1000
        return cls(
            metadata["name"], metadata["uid"], level, precedence, method.get("type", ""), spec.get("rules") or ()
        )

    def matches(self, digest: Digest) -> bool:
        return any(_rule_matches(rule, digest) for rule in self.rules)

    def distinguisher(self, digest: Digest) -> str:
        if self.by == "ByUser":
            return digest.user.name
        return digest.info.namespace if self.by == "ByNamespace" else ""


def _rule_matches(rule: Mapping[str, Any], digest: Digest) -> bool:
    if not any(_is_subject(subject, digest.user) for subject in rule.get("subjects") or ()):
        return False
    if digest.info.is_resource:
        return any(_covers_resource(one, digest) for one in rule.get("resourceRules") or ())
    return any(_covers_path(one, digest) for one in rule.get("nonResourceRules") or ())


def _is_subject(subject: Mapping[str, Any], user: User) -> bool:
    kind = subject.get("kind")
    if kind == "User":
        named: str = (subject.get("user") or {}).get("name", "")
        return named in ("*", user.name)
    if kind == "Group":
        name = (subject.get("group") or {}).get("name")
        return bool(name == "*" or name in user.groups)
    account = subject.get("serviceAccount") or {}
    prefix = f"{_ACCOUNT}{account.get('namespace', '')}:"
    if account.get("name") == "*":
        return user.name.startswith(prefix)
    return bool(user.name == prefix + account.get("name", ""))


def _covers_resource(rule: Mapping[str, Any], digest: Digest) -> bool:
    info = digest.info
    resource = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
    if not (
        _has(rule.get("verbs"), digest.verb)
        and _has(rule.get("resources"), resource)
        and _has(rule.get("apiGroups"), info.group)
    ):
        return False
    return _has(rule.get("namespaces"), info.namespace) if info.namespace else bool(rule.get("clusterScope"))


def _covers_path(rule: Mapping[str, Any], digest: Digest) -> bool:
    return _has(rule.get("verbs"), digest.verb) and any(
        _is_path(url, digest.info.path) for url in rule.get("nonResourceURLs") or ()
    )


def _is_path(url: str, path: str) -> bool:
    if url in ("*", path):
        return True
    prefix = url.removesuffix("*")
    return path.startswith(prefix if prefix.endswith("/") else prefix + "/")


def _has(listed: Sequence[str] | None, wanted: str) -> bool:
    return listed is not None and (wanted in listed or list(listed) == ["*"])
