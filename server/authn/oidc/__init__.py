"""Tokens of OpenID Connect providers: what AuthenticationConfiguration's ``jwt`` and ``--oidc-*`` describe."""
