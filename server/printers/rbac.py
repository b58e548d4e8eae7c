"""Roles and their bindings."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import AGE, DEFAULT, NAME, Printer, Row, age, column, doc, name

ROLE = DEFAULT
CLUSTER_ROLE = DEFAULT


def _binding_row(obj: Object, now: datetime) -> Row:
    role = obj.get("roleRef") or {}
    users, groups, accounts = [], [], []
    for subject in obj.get("subjects") or ():
        match subject.get("kind"):
            case "User":
                users.append(subject.get("name", ""))
            case "Group":
                groups.append(subject.get("name", ""))
            case "ServiceAccount":
                accounts.append(f"{subject.get('namespace', '')}/{subject.get('name', '')}")
    return Row(
        [
            name(obj),
            f"{role.get('kind', '')}/{role.get('name', '')}",
            age(obj, now),
            ", ".join(users),
            ", ".join(groups),
            ", ".join(accounts),
        ]
    )


ROLE_BINDING = Printer(
    (
        NAME,
        column("Role", doc("rbac/v1beta1.RoleBinding.roleRef")),
        AGE,
        column("Users", "Users in the roleBinding", wide=True),
        column("Groups", "Groups in the roleBinding", wide=True),
        column("ServiceAccounts", "ServiceAccounts in the roleBinding", wide=True),
    ),
    _binding_row,
)

CLUSTER_ROLE_BINDING = Printer(
    (
        NAME,
        column("Role", doc("rbac/v1beta1.ClusterRoleBinding.roleRef")),
        AGE,
        column("Users", "Users in the clusterRoleBinding", wide=True),
        column("Groups", "Groups in the clusterRoleBinding", wide=True),
        column("ServiceAccounts", "ServiceAccounts in the clusterRoleBinding", wide=True),
    ),
    _binding_row,
)
