"""Whether somebody's rules cover the rules of a role they want to give away. Pure.

Source: k8s.io/component-helpers auth/rbac/validation, k8s.io/kubernetes pkg/registry/rbac/validation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from server.authn.user import User
from server.authz.rbac.rules import ALL, Rule, url_covers


def missing(owned: Sequence[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """The smallest parts of ``wanted`` that no single rule of ``owned`` covers."""
    atoms = [atom for rule in wanted for atom in _atoms(rule)]
    return [atom for atom in atoms if not any(_covers(rule, atom) for rule in owned)]


def _atoms(rule: Rule) -> Iterator[Rule]:
    """Equivalent rules of one verb and one resource (or path), and at most one name, each."""
    each_name: list[tuple[str, ...]] = [(name,) for name in rule.names] or [()]
    for group in rule.groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                for names in each_name:
                    yield Rule((verb,), (group,), (resource,), names)
    for url in rule.urls:
        for verb in rule.verbs:
            yield Rule((verb,), urls=(url,))


def _covers(rule: Rule, atom: Rule) -> bool:
    return (
        _holds(rule.verbs, atom.verbs)
        and _holds(rule.groups, atom.groups)
        and all(_holds_resource(rule.resources, resource) for resource in atom.resources)
        and (not rule.names or (bool(atom.names) and set(atom.names) <= set(rule.names)))
        and all(any(url_covers(own, url) for own in rule.urls) for url in atom.urls)
    )


def _holds(own: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return ALL in own or set(wanted) <= set(own)


def _holds_resource(own: tuple[str, ...], resource: str) -> bool:
    if ALL in own or resource in own:
        return True
    _, slash, subresource = resource.partition("/")
    return bool(slash) and f"{ALL}/{subresource}" in own


def escalation(user: User, lacking: Sequence[Rule]) -> str:
    """The sentence that refuses a grant, as upstream words it."""
    lines = sorted({_compact(rule) for rule in _joined(lacking)})
    groups = "[" + " ".join(json.dumps(group) for group in user.groups) + "]"
    who = f"user {json.dumps(user.name)} (groups={groups})"
    return f"{who} is attempting to grant RBAC permissions not currently held:\n" + "\n".join(lines)


def _joined(atoms: Sequence[Rule]) -> list[Rule]:
    """Atoms about resources that differ by their verb alone, as one rule; those about paths as they are."""
    verbs: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for atom in atoms:
        if atom.groups:
            verbs.setdefault((atom.groups, atom.resources, atom.names), []).extend(atom.verbs)
    return [atom for atom in atoms if atom.urls] + [Rule(tuple(of), *about) for about, of in verbs.items()]


def _compact(rule: Rule) -> str:
    parts = (
        ("APIGroups", rule.groups),
        ("Resources", rule.resources),
        ("NonResourceURLs", rule.urls),
        ("ResourceNames", rule.names),
        ("Verbs", rule.verbs),
    )
    shown = (f"{name}:[{' '.join(json.dumps(value) for value in values)}]" for name, values in parts if values)
    return "{" + ", ".join(shown) + "}"
