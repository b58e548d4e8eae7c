"""What is known of an issuer of tokens, and how its claims become a user. Values only.

Source: https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-JWTAuthenticator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.cel.program import Program


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where a value comes from: a claim, with a prefix, or an expression; neither: from nowhere."""

    claim: str = ""
    prefix: str = ""
    program: Program | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """An expression that has to be true of the claims or the user."""

    program: Program
    expression: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    url: str
    audiences: tuple[str, ...]
    username: Mapped
    groups: Mapped = Mapped()
    uid: Mapped = Mapped()
    extra: Mapping[str, Program] = field(default_factory=dict)
    required: Mapping[str, str] = field(default_factory=dict)
    """Claims that have to be there with a value."""
    claim_rules: tuple[Rule, ...] = ()
    user_rules: tuple[Rule, ...] = ()
    discovery_url: str = ""
    """Where the provider describes itself, if not below ``url``."""
    authority: str = ""
    """PEM; "": whatever the machine trusts."""
    keys: Path | None = None
    """A key set in a file: the provider is not asked at all."""
