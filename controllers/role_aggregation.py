"""Fills ClusterRoles that have an aggregation rule with the rules of the roles it selects.

Behaviour of pkg/controller/clusterroleaggregation.
"""

from __future__ import annotations

from collections.abc import Iterable

from apimachinery.labels import SelectorError, from_label_selector
from apimachinery.objects import Object, name_of
from client.resources import CLUSTERROLES
from controllers.controller import Context, Controller, Loop
from controllers.shared.ownership import labels_of

NAME = "clusterrole-aggregation-controller"
WORKERS = 5


def aggregated_rules(role: Object, roles: Iterable[Object]) -> list[Object]:
    """The rules of all selected roles, in the order of selectors and names, each once. Raises SelectorError."""
    by_name = sorted(roles, key=name_of)
    rules: list[Object] = []
    for labels in (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ():
        selector = from_label_selector(labels)
        for other in by_name:
            if name_of(other) != name_of(role) and selector.matches(labels_of(other)):
                rules += [rule for rule in other.get("rules") or () if rule not in rules]
    return rules


class RoleAggregation:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self.queue = context.queue()
        roles = context.informer(CLUSTERROLES)
        self._roles = roles.store
        roles.add_handler(self._changed, lambda old, new: self._changed(new), self._changed)

    def sync(self, name: str) -> None:
        role = self._roles.get(name)
        if role is None or role.get("aggregationRule") is None:
            return
        try:
            rules = aggregated_rules(role, self._roles.list())
        except SelectorError:
            return
        if rules != (role.get("rules") or []):
            self._client.update(CLUSTERROLES, "", name, {**role, "rules": rules})

    def _changed(self, _: Object) -> None:
        """Any role may be one that another selects, or has been."""
        for role in self._roles.list():
            if role.get("aggregationRule") is not None:
                self.queue.add(name_of(role))


def build_role_aggregation(context: Context) -> Controller:
    aggregation = RoleAggregation(context)
    return Controller(NAME, (Loop(aggregation.queue, aggregation.sync, WORKERS),))
