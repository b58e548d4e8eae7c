"""What an AuthenticationConfiguration may say, and its expressions compiled.

Source: k8s.io/apiserver pkg/apis/apiserver/validation/validation.go, pkg/authentication/cel/compile.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509

from apimachinery.fielderrors import FieldError, duplicate, invalid, required, too_many
from apimachinery.names import is_dns1123_subdomain, is_http_path
from apimachinery.objects import Object
from server.authn.oidc.issuer import Issuer, Mapped, Rule
from server.cel.errors import CelError
from server.cel.lazily import environment

if TYPE_CHECKING:
    from server.cel.program import Program

_MOST = 64
_TEXT = ("STRING", "DYN")
_TEXTS = ("STRING", "LIST<STRING>", "LIST<DYN>", "DYN")
_BOOL = ("BOOL",)
_USER_FIELDS = frozenset({"username", "uid", "groups", "extra"})
_SHOWN = {"STRING": "string", "BOOL": "bool", "LIST<STRING>": "list(string)", "LIST<DYN>": "list(dyn)", "DYN": "any"}


class Problems:
    """Collects what is wrong; a compiled expression is None where it could not be compiled."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []
        self.selects: set[tuple[str, ...]] = set()
        """What the expressions besides the user name's read."""

    def add(self, *errors: FieldError) -> None:
        self.errors.extend(errors)

    def compiled(self, variable: str, expression: str, types: Sequence[str], path: str) -> Program | None:
        try:
            program = environment(variable).compile(expression)
        except CelError as error:
            self.add(invalid(path, expression, str(error)))
            return None
        if program.type not in types:
            shown = [_SHOWN[each] for each in types]
            self.add(
                invalid(path, expression, f"must evaluate to {shown[0] if len(shown) == 1 else f'one of {shown}'}")
            )
            return None
        if variable == "user":
            for chain in program.selects:
                if chain[0] == "user" and chain[1] not in _USER_FIELDS:
                    self.add(invalid(path, expression, f"compilation failed: undefined field '{chain[1]}'"))
        return program


def issuers_of(config: Object, disallowed: Collection[str]) -> tuple[list[Issuer], list[FieldError]]:
    """``disallowed``: the issuers of service accounts' tokens."""
    problems = Problems()
    listed = config.get("jwt") or []
    if len(listed) > _MOST:
        return [], [too_many("jwt", len(listed), _MOST)]
    seen: dict[str, set[str]] = {"url": set(), "discoveryURL": set()}
    issuers = []
    for index, jwt in enumerate(listed):
        path = f"jwt[{index}]"
        issuers.append(_issuer(jwt, path, disallowed, problems))
        for name, known in seen.items():
            url = (jwt.get("issuer") or {}).get(name)
            if url in known:
                problems.add(duplicate(f"{path}.issuer.{name}", url))
            if url:
                known.add(url)
    anonymous = config.get("anonymous") or {}
    if anonymous.get("conditions") and not anonymous.get("enabled"):
        message = "enabled should be set to true when conditions are defined"
        problems.add(invalid("anonymous.conditions", anonymous["conditions"], message))
    return issuers, problems.errors


def _issuer(jwt: Object, path: str, disallowed: Collection[str], problems: Problems) -> Issuer:
    told = jwt.get("issuer") or {}
    _check_issuer(told, f"{path}.issuer", disallowed, problems)
    problems.selects = set()
    required_claims, claim_rules = _claim_rules(jwt, f"{path}.claimValidationRules", problems)
    mappings = jwt.get("claimMappings") or {}
    where = f"{path}.claimMappings"
    username = _mapped(mappings.get("username") or {}, f"{where}.username", problems, _TEXT, needed=True)
    extra = dict(_extra(mappings, f"{where}.extra", problems))
    _check_email(username, mappings, where, problems)
    keys = told.get("jwksFile")
    return Issuer(
        url=told.get("url", ""),
        audiences=tuple(told.get("audiences") or ()),
        username=username,
        groups=_mapped(mappings.get("groups") or {}, f"{where}.groups", problems, _TEXTS),
        uid=_uid(mappings.get("uid") or {}, f"{where}.uid", problems),
        extra=extra,
        required=required_claims,
        claim_rules=claim_rules,
        user_rules=_user_rules(jwt, f"{path}.userValidationRules", problems),
        discovery_url=told.get("discoveryURL", ""),
        authority=told.get("certificateAuthority", ""),
        keys=Path(keys) if keys else None,
    )


def _check_issuer(told: Object, path: str, disallowed: Collection[str], problems: Problems) -> None:
    url, discovery = told.get("url", ""), told.get("discoveryURL", "")
    problems.add(*_url_errors(url, f"{path}.url", disallowed) if url else [required(f"{path}.url", "")])
    if discovery:
        if url and url.rstrip("/") == discovery.rstrip("/"):
            problems.add(invalid(f"{path}.discoveryURL", discovery, "discoveryURL must be different from URL"))
        problems.add(*_url_errors(discovery, f"{path}.discoveryURL", ()))
        if told.get("jwksFile"):
            problems.add(invalid(f"{path}.discoveryURL", discovery, "may not be specified when jwksFile is set"))
    _check_audiences(told, path, problems)
    if told.get("certificateAuthority"):
        try:
            x509.load_pem_x509_certificates(told["certificateAuthority"].encode())
        except ValueError:
            message = "data does not contain any valid RSA or ECDSA certificates"
            problems.add(invalid(f"{path}.certificateAuthority", "<omitted>", message))
    if told.get("egressSelectorType"):
        message = "egress selectors are not supported by this server"
        problems.add(invalid(f"{path}.egressSelectorType", told["egressSelectorType"], message))


def _url_errors(url: str, path: str, disallowed: Collection[str]) -> Iterator[FieldError]:
    if url in disallowed:
        listed = f"[{' '.join(sorted(disallowed))}]"
        yield invalid(path, url, f"URL must not overlap with disallowed issuers: {listed}")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        yield invalid(path, url, str(error))
        return
    if parts.scheme != "https":
        yield invalid(path, url, "URL scheme must be https")
    if "@" in parts.netloc:
        yield invalid(path, url, "URL must not contain a username or password")
    if parts.query:
        yield invalid(path, url, "URL must not contain a query")
    if parts.fragment:
        yield invalid(path, url, "URL must not contain a fragment")


def _check_audiences(told: Object, path: str, problems: Problems) -> None:
    audiences, policy = told.get("audiences") or [], told.get("audienceMatchPolicy", "")
    if not audiences:
        problems.add(required(f"{path}.audiences", f"at least one {path}.audiences is required"))
        return
    for index, audience in enumerate(audiences):
        if not audience:
            problems.add(required(f"{path}.audiences[{index}]", ""))
        if audience in audiences[:index]:
            problems.add(duplicate(f"{path}.audiences[{index}]", audience))
    if len(audiences) > 1 and policy != "MatchAny":
        message = "audienceMatchPolicy must be MatchAny for multiple audiences"
        problems.add(invalid(f"{path}.audienceMatchPolicy", policy, message))
    elif policy not in ("", "MatchAny"):
        message = "audienceMatchPolicy must be empty or MatchAny for single audience"
        problems.add(invalid(f"{path}.audienceMatchPolicy", policy, message))


def _claim_rules(jwt: Object, path: str, problems: Problems) -> tuple[Mapping[str, str], tuple[Rule, ...]]:
    needed: dict[str, str] = {}
    rules: dict[str, Rule] = {}
    for index, rule in enumerate(jwt.get("claimValidationRules") or ()):
        where, claim, expression = f"{path}[{index}]", rule.get("claim", ""), rule.get("expression", "")
        if claim and expression:
            problems.add(invalid(where, claim, "claim and expression can't both be set"))
        elif claim:
            if rule.get("message"):
                problems.add(invalid(f"{where}.message", rule["message"], "may not be specified when claim is set"))
            if claim in needed:
                problems.add(duplicate(f"{where}.claim", claim))
            needed[claim] = rule.get("requiredValue", "")
        elif expression:
            _add_rule(rule, where, "claims", rules, problems)
        else:
            problems.add(required(where, "claim or expression is required"))
    return needed, tuple(rules.values())


def _add_rule(rule: Object, where: str, variable: str, rules: dict[str, Rule], problems: Problems) -> None:
    expression = rule["expression"]
    if rule.get("requiredValue"):
        message = "may not be specified when expression is set"
        problems.add(invalid(f"{where}.requiredValue", rule["requiredValue"], message))
    if expression in rules:
        problems.add(duplicate(f"{where}.expression", expression))
        return
    program = problems.compiled(variable, expression, _BOOL, f"{where}.expression")
    if program is not None:
        problems.selects |= program.selects
        rules[expression] = Rule(program, expression, rule.get("message", ""))


def _user_rules(jwt: Object, path: str, problems: Problems) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for index, rule in enumerate(jwt.get("userValidationRules") or ()):
        if rule.get("expression"):
            _add_rule(rule, f"{path}[{index}]", "user", rules, problems)
        else:
            problems.add(required(f"{path}[{index}].expression", ""))
    return tuple(rules.values())


def _mapped(told: Object, path: str, problems: Problems, types: Sequence[str], *, needed: bool = False) -> Mapped:
    claim, expression, prefix = told.get("claim", ""), told.get("expression", ""), told.get("prefix")
    if claim and expression:
        problems.add(invalid(path, "", "claim and expression can't both be set"))
    elif expression:
        if prefix is not None:
            problems.add(invalid(f"{path}.prefix", prefix, "may not be specified when expression is set"))
        return Mapped(program=problems.compiled("claims", expression, types, f"{path}.expression"))
    elif claim and prefix is None:
        message = "prefix is required when claim is set. It can be set to an empty string to disable prefixing"
        problems.add(required(f"{path}.prefix", message))
    elif not claim and needed:
        problems.add(required(path, "claim or expression is required"))
    return Mapped(claim, prefix or "")


def _uid(told: Object, path: str, problems: Problems) -> Mapped:
    claim, expression = told.get("claim", ""), told.get("expression", "")
    if claim and expression:
        problems.add(invalid(path, "", "claim and expression can't both be set"))
    elif expression:
        return Mapped(program=problems.compiled("claims", expression, _TEXT, f"{path}.expression"))
    return Mapped(claim)


def _extra(mappings: Object, path: str, problems: Problems) -> Iterator[tuple[str, Program]]:
    seen: set[str] = set()
    for index, told in enumerate(mappings.get("extra") or ()):
        where, key, expression = f"{path}[{index}]", told.get("key", ""), told.get("valueExpression", "")
        problems.add(*_key_errors(key, f"{where}.key"))
        if key in seen:
            problems.add(duplicate(f"{where}.key", key))
            continue
        seen.add(key)
        if not expression:
            problems.add(required(f"{where}.valueExpression", ""))
            continue
        program = problems.compiled("claims", expression, _TEXTS, f"{where}.valueExpression")
        if program is not None:
            problems.selects |= program.selects
            yield key, program


def _key_errors(key: str, path: str) -> Iterator[FieldError]:
    domain, slash, rest = key.partition("/")
    if not key:
        yield required(path, "")
    elif not slash or not domain or not rest:
        yield invalid(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')
    else:
        yield from (invalid(path, domain, message) for message in is_dns1123_subdomain(domain))
        yield from (invalid(path, rest, message) for message in is_http_path(rest))
    if key != key.lower():
        yield invalid(path, key, "must be lowercase")
    if any(domain == own or domain.endswith(f".{own}") for own in ("k8s.io", "kubernetes.io")):
        message = "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"
        yield invalid(path, key, message)


def _check_email(username: Mapped, mappings: Object, path: str, problems: Problems) -> None:
    """An address may be the user's name only if somebody looks whether the provider has checked it."""
    if username.program is None:
        return
    own: set[tuple[str, ...]] = set(username.program.selects)
    reads = {chain[:2] for chain in own}
    verified: set[Any] = {chain[:2] for chain in own | problems.selects}
    if ("claims", "email") in reads and ("claims", "email_verified") not in verified:
        message = (
            "claims.email_verified must be used in claimMappings.username.expression or "
            "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used "
            "in claimMappings.username.expression"
        )
        problems.add(invalid(f"{path}.username.expression", mappings["username"]["expression"], message))
