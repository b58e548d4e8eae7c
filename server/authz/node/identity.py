"""Which node a user is. Source: k8s.io/kubernetes pkg/auth/nodeidentifier."""

from __future__ import annotations

from server.authn.user import NODES, User

PREFIX = "system:node:"


def node_of(user: User) -> str | None:
    """The name of the node (perhaps empty) that the user is the kubelet of; None for everybody else."""
    if user.name.startswith(PREFIX) and NODES in user.groups:
        return user.name.removeprefix(PREFIX)
    return None
