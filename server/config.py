"""What a server is told when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from apimachinery.clock import REAL_CLOCK, Clock
from server.admission.configuration import PluginSettings
from server.aggregation.frontproxy import FrontProxy
from server.audit.audit import Auditor
from server.authn.authenticator import Authenticator
from server.authn.bearer import TokenAuthenticator
from server.authn.service_account import TokenConfig
from server.authz.modes import Authorization
from server.encryption.reload import EncryptionFile
from server.flowcontrol.overload import Overload
from server.joining import Joining


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """``database`` is a store URL; ``history`` in seconds; ``address`` is host:port as clients reach the server;
    ``build`` is the program's version; ``tokens`` says how service accounts' tokens are made; ``authenticator`` is
    asked first, then ``token_authenticators`` and service accounts' tokens, ``anonymous`` where there is no credential;
    ``authorization`` says who is asked what they may do; ``bootstrap_tokens`` lets
    who bears one authenticate, ``joining`` is what nodes are to join by."""

    database: str
    authenticator: Authenticator
    address: str
    build: str
    history: float = 300.0
    clock: Clock = REAL_CLOCK
    authorization: Authorization = field(default_factory=Authorization)
    bootstrap_tokens: bool = False
    joining: Joining | None = None
    tokens: TokenConfig = field(default_factory=lambda: TokenConfig(key=ec.generate_private_key(ec.SECP256R1())))
    token_authenticators: Sequence[TokenAuthenticator] = ()
    anonymous: Authenticator | None = None
    enabled_plugins: Sequence[str] = ()
    disabled_plugins: Sequence[str] = ()
    """Of admission, besides and against the default (``server.admission.selection``)."""
    plugins: PluginSettings = field(default_factory=PluginSettings)
    auditor: Auditor | None = None
    host_path_class: str = ""
    advertise_address: str = ""
    front_proxy: FrontProxy | None = None
    encryption: EncryptionFile | None = None
    overload: Overload = field(default_factory=Overload)
