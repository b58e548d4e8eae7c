"""The roles and bindings of a cluster, indexed by whom they are given to.

Nothing here is searched per request: a binding's subjects are looked up by name. The four caches are followed by
the number of changes they have seen, so a verdict never outlives the policy it was made with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from server.authn.user import User
from server.authz.rbac.rules import Rule, rules_of
from storage.cache import ResourceCache
from storage.types import Entry

GROUP = "rbac.authorization.k8s.io"
_SERVICE_ACCOUNT = "system:serviceaccount:"


class Grant(NamedTuple):
    """What a binding gives to one of its subjects. ``source`` describes both, as in the reason of a verdict;
    ``trouble`` says why the role's rules are not known."""

    source: str
    rules: tuple[Rule, ...]
    trouble: str = ""


class Subject(NamedTuple):
    """``kind``: "User" or "Group"; service accounts are users of a special name."""

    kind: str
    name: str


Grants = Mapping[Subject, list[Grant]]


@dataclass(frozen=True, slots=True)
class Caches:
    cluster_roles: ResourceCache
    cluster_role_bindings: ResourceCache
    roles: ResourceCache
    role_bindings: ResourceCache

    def changes(self) -> tuple[int, int, int, int]:
        """Differs as soon as any of them has changed."""
        return (
            self.cluster_roles.changes,
            self.cluster_role_bindings.changes,
            self.roles.changes,
            self.role_bindings.changes,
        )


class Policy:
    """The policy as it is now; to be dropped when ``caches.changes()`` differs."""

    def __init__(self, caches: Caches) -> None:
        self._caches = caches
        self._cluster_wide = self._grants(caches.cluster_role_bindings.list().entries, "")
        self._in_namespace: dict[str, Grants] = {}

    def grants(self, user: User, namespace: str) -> Iterator[Grant]:
        """What ``user`` has been given in ``namespace`` ("": at the cluster scope), cluster-wide grants first."""
        subjects = [Subject("User", user.name), *(Subject("Group", group) for group in user.groups)]
        for subject in subjects:
            yield from self._cluster_wide.get(subject, ())
        if namespace:
            local = self._local(namespace)
            for subject in subjects:
                yield from local.get(subject, ())

    def rules(self, kind: str, name: str, namespace: str) -> tuple[tuple[Rule, ...], str]:
        """The rules of a role that a binding in ``namespace`` names, or why there are none."""
        if kind == "Role":
            return _rules(self._caches.roles.get(namespace, name), "role", name)
        if kind == "ClusterRole":
            return _rules(self._caches.cluster_roles.get("", name), "clusterrole", name)
        return (), f'unsupported role reference kind: "{kind}"'

    def _local(self, namespace: str) -> Grants:
        grants = self._in_namespace.get(namespace)
        if grants is None:
            entries = self._caches.role_bindings.list(namespace).entries
            grants = self._in_namespace[namespace] = self._grants(entries, namespace)
        return grants

    def _grants(self, bindings: Iterable[Entry], namespace: str) -> Grants:
        grants: dict[Subject, list[Grant]] = defaultdict(list)
        for entry in bindings:
            binding = orjson.loads(entry.value)
            role = binding["roleRef"]
            rules, trouble = self.rules(role["kind"], role["name"], namespace)
            seen: set[Subject] = set()
            for listed in binding.get("subjects") or ():
                subject = _subject(listed, namespace)
                if subject is not None and subject not in seen:
                    seen.add(subject)
                    grants[subject].append(Grant(_source(binding, listed, namespace), rules, trouble))
        return dict(grants)


def _rules(entry: Entry | None, resource: str, name: str) -> tuple[tuple[Rule, ...], str]:
    if entry is None:
        return (), f'{resource}.{GROUP} "{name}" not found'
    rules: tuple[Rule, ...] | None = entry.memo.get(rules_of)
    if rules is None:
        rules = entry.memo[rules_of] = rules_of(orjson.loads(entry.value))
    return rules, ""


def _subject(listed: Mapping[str, Any], namespace: str) -> Subject | None:
    """None: nobody can be it."""
    if listed["kind"] != "ServiceAccount":
        return Subject(listed["kind"], listed["name"])
    home = listed.get("namespace") or namespace
    return Subject("User", f"{_SERVICE_ACCOUNT}{home}:{listed['name']}") if home else None


def _source(binding: Mapping[str, Any], listed: Mapping[str, Any], namespace: str) -> str:
    kind, name = (
        ("RoleBinding", f"{binding['metadata']['name']}/{namespace}")
        if namespace
        else (
            "ClusterRoleBinding",
            binding["metadata"]["name"],
        )
    )
    who = listed["name"]
    if listed["kind"] == "ServiceAccount":
        who = f"{who}/{listed.get('namespace') or namespace}"
    role = binding["roleRef"]
    return f'{kind} "{name}" of {role["kind"]} "{role["name"]}" to {listed["kind"]} "{who}"'


def following(caches: Caches) -> Callable[[], Policy]:
    """A function that gives the policy as it is now, made anew only after a change."""
    policy: Policy | None = None
    made_at: tuple[int, ...] = ()

    def current() -> Policy:
        nonlocal policy, made_at
        changes = caches.changes()
        if policy is None or changes != made_at:
            policy, made_at = Policy(caches), changes
        return policy

    return current
