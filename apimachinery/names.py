"""Rules for names, keys and values, as functions that return upstream's messages (an empty list: valid).

Source: k8s.io/apimachinery/pkg/util/validation, pkg/api/validate/content, pkg/api/validation;
generated names: k8s.io/apiserver/pkg/storage/names. Lengths count UTF-8 bytes.
"""

from __future__ import annotations

import re
from random import Random

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_UNDERSCORE_SUBDOMAIN = rf"{_UNDERSCORE_LABEL}(\.{_UNDERSCORE_LABEL})*"
_DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_KEY})?"
_C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"
_PERCENT = "[0-9]+%"
_HEADER = "[-A-Za-z0-9]+"
_ENV = "[-._a-zA-Z][-._a-zA-Z0-9]*"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"

_label = re.compile(_LABEL).fullmatch
_subdomain = re.compile(_SUBDOMAIN).fullmatch
_subdomain_caseless = re.compile(_SUBDOMAIN, re.IGNORECASE | re.ASCII).fullmatch
_underscore_subdomain = re.compile(_UNDERSCORE_SUBDOMAIN).fullmatch
_dns1035 = re.compile(_DNS1035).fullmatch
_wildcard = re.compile(_WILDCARD).fullmatch
_key = re.compile(_KEY).fullmatch
_value = re.compile(_VALUE).fullmatch
_c_identifier = re.compile(_C_IDENTIFIER).fullmatch
_percent = re.compile(_PERCENT).fullmatch
_header = re.compile(_HEADER).fullmatch
_env = re.compile(_ENV).fullmatch
_relaxed_env = re.compile("[ -<>-~]*").fullmatch
_config_key = re.compile(_CONFIG_KEY).fullmatch
_http_path = re.compile(_HTTP_PATH).fullmatch
_port_characters = re.compile("[-a-z0-9]+").fullmatch
_letter = re.compile("[a-z]").search

_LABEL_MESSAGE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_SUBDOMAIN_MESSAGE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_SUBDOMAIN_CASELESS_MESSAGE = (
    "an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_UNDERSCORE_MESSAGE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_DNS1035_MESSAGE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
    "start with an alphabetic character, and end with an alphanumeric character"
)
_WILDCARD_MESSAGE = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
)
_KEY_MESSAGE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_VALUE_MESSAGE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character"
)
_C_IDENTIFIER_MESSAGE = (
    "a valid C identifier must start with alphabetic character or '_', "
    "followed by a string of alphanumeric characters or '_'"
)
_PERCENT_MESSAGE = "a valid percent string must be a numeric string followed by an ending '%'"
_HEADER_MESSAGE = "a valid HTTP header must consist of alphanumeric characters or '-'"
_ENV_MESSAGE = (
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', "
    "and must not start with a digit"
)
_RELAXED_ENV_MESSAGE = (
    "a valid environment variable name must consist only of printable ASCII characters other than '='"
)
_CONFIG_KEY_MESSAGE = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"


def regex_error(message: str, pattern: str, *examples: str) -> str:
    """How upstream says that a value does not match; ``pattern`` without anchors."""
    if not examples:
        return f"{message} (regex used for validation is '{pattern}')"
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{message} (e.g. {shown}regex used for validation is '{pattern}')"


def max_length_error(length: int) -> str:
    return f"must be no more than {length} characters"


def inclusive_range_error(low: int, high: int) -> str:
    return f"must be between {low} and {high}, inclusive"


EMPTY_ERROR = "must be non-empty"


def _too_long(value: str, limit: int) -> list[str]:
    return [max_length_error(limit)] if _size(value) > limit else []


def _size(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode(errors="surrogatepass"))


def is_dns1123_label(value: str) -> list[str]:
    problems = _too_long(value, 63)
    if not _label(value):
        if _subdomain(value):
            problems.append("must not contain dots")
        else:
            problems.append(regex_error(_LABEL_MESSAGE, _LABEL, "my-name", "123-abc"))
    return problems


def is_dns1123_subdomain(value: str) -> list[str]:
    problems = _too_long(value, 253)
    if not _subdomain(value):
        problems.append(regex_error(_SUBDOMAIN_MESSAGE, _SUBDOMAIN, "example.com"))
    return problems


def is_dns1123_subdomain_caseless(value: str) -> list[str]:
    """For driver names, which upstream accepts in upper case too."""
    problems = ["must be no more than 253 bytes"] if _size(value) > 253 else []
    if not _subdomain_caseless(value):
        problems.append(regex_error(_SUBDOMAIN_CASELESS_MESSAGE, _SUBDOMAIN, "Example.com"))
    return problems


def is_dns1123_subdomain_with_underscore(value: str) -> list[str]:
    problems = _too_long(value, 253)
    if not _underscore_subdomain(value):
        problems.append(regex_error(_UNDERSCORE_MESSAGE, _UNDERSCORE_SUBDOMAIN, "example.com"))
    return problems


def is_dns1035_label(value: str) -> list[str]:
    problems = _too_long(value, 63)
    if not _dns1035(value):
        problems.append(regex_error(_DNS1035_MESSAGE, _DNS1035, "my-name", "abc-123"))
    return problems


def is_wildcard_dns1123_subdomain(value: str) -> list[str]:
    problems = _too_long(value, 253)
    if not _wildcard(value):
        problems.append(regex_error(_WILDCARD_MESSAGE, _WILDCARD, "*.example.com"))
    return problems


def is_qualified_name(value: str) -> list[str]:
    """The rule of label and annotation keys, finalizers, condition types…: ``[prefix/]name``."""
    prefix, slash, name = value.rpartition("/")
    if "/" in prefix:
        pattern = regex_error(_KEY_MESSAGE, _KEY, "MyName", "my.name", "123-abc")
        optional = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a valid label key {pattern} {optional}"]
    problems = _prefix_problems(prefix) if slash else []
    if not name:
        problems.append(f"name part {EMPTY_ERROR}")
    elif _size(name) > 63:
        problems.append("name part must be no more than 63 bytes")
    if not _key(name):
        problems.append(f"name part {regex_error(_KEY_MESSAGE, _KEY, 'MyName', 'my.name', '123-abc')}")
    return problems


def _prefix_problems(prefix: str) -> list[str]:
    if not prefix:
        return [f"prefix part {EMPTY_ERROR}"]
    problems = ["prefix part must be no more than 253 bytes"] if _size(prefix) > 253 else []
    if not _subdomain(prefix):
        problems.append(f"prefix part {regex_error(_SUBDOMAIN_MESSAGE, _SUBDOMAIN, 'example.com')}")
    return problems


def is_prefixed_qualified_name(value: str) -> list[str]:
    """A qualified name whose prefix may not be missing."""
    problems = is_qualified_name(value)
    return problems if problems or "/" in value else ["must include a prefix (e.g. 'example.com/key')"]


def is_label_value(value: str) -> list[str]:
    problems = ["must be no more than 63 bytes"] if _size(value) > 63 else []
    if not _value(value):
        problems.append(regex_error(_VALUE_MESSAGE, _VALUE, "MyValue", "my_value", "12345"))
    return problems


def is_c_identifier(value: str) -> list[str]:
    if _c_identifier(value):
        return []
    return [regex_error(_C_IDENTIFIER_MESSAGE, _C_IDENTIFIER, "my_name", "MY_NAME", "MyName")]


def is_in_range(value: int, low: int, high: int) -> list[str]:
    return [] if low <= value <= high else [inclusive_range_error(low, high)]


def is_port_number(value: int) -> list[str]:
    return is_in_range(value, 1, 65535)


def is_user_or_group_id(value: int) -> list[str]:
    return is_in_range(value, 0, (1 << 31) - 1)


def is_port_name(value: str) -> list[str]:
    problems = _too_long(value, 15)
    if not _port_characters(value):
        problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not _letter(value):
        problems.append("must contain at least one letter (a-z)")
    if "--" in value:
        problems.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        problems.append("must not begin or end with a hyphen")
    return problems


def is_percent(value: str) -> list[str]:
    return [] if _percent(value) else [regex_error(_PERCENT_MESSAGE, _PERCENT, "1%", "93%")]


def is_http_header_name(value: str) -> list[str]:
    return [] if _header(value) else [regex_error(_HEADER_MESSAGE, _HEADER, "X-Header-Name")]


def is_http_path(value: str) -> list[str]:
    return [] if _http_path(value) else [regex_error("Invalid path", _HTTP_PATH)]


def is_env_var_name(value: str) -> list[str]:
    """The strict rule; a 1.34+ server takes :func:`is_relaxed_env_var_name`."""
    problems = [] if _env(value) else [regex_error(_ENV_MESSAGE, _ENV, "my.env-name", "MY_ENV.NAME", "MyEnvName1")]
    return problems + _directory_problems(value)


def is_relaxed_env_var_name(value: str) -> list[str]:
    if not value:
        return [f"environment variable name {EMPTY_ERROR}"]
    return [] if _relaxed_env(value) else [_RELAXED_ENV_MESSAGE]


def is_config_map_key(value: str) -> list[str]:
    problems = _too_long(value, 253)
    if not _config_key(value):
        problems.append(regex_error(_CONFIG_KEY_MESSAGE, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    return problems + _directory_problems(value)


def _directory_problems(value: str) -> list[str]:
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def is_path_segment_name(value: str) -> list[str]:
    """The widest rule: a name that fits in a URL path (RBAC objects, custom resources' group names)."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return is_path_segment_prefix(value)


def is_path_segment_prefix(value: str) -> list[str]:
    return [f"may not contain '{illegal}'" for illegal in "/%" if illegal in value]


def mask_trailing_dash(prefix: str) -> str:
    """A generateName to be checked by a name's rule: a dash at its end is as good as a letter."""
    return f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH = 5
_BASE_LENGTH = 63 - _SUFFIX_LENGTH


def random_suffix(random: Random, length: int = _SUFFIX_LENGTH) -> str:
    """Characters without vowels, so that no words appear."""
    return "".join(random.choices(_SUFFIX_ALPHABET, k=length))


def safe_encode(text: str) -> str:
    """Spell the characters of a hash in the alphabet of generated names."""
    return "".join(_SUFFIX_ALPHABET[ord(character) % len(_SUFFIX_ALPHABET)] for character in text)


def generate_name(base: str, random: Random) -> str:
    """The base, cut to 58 bytes, and five random characters."""
    if _size(base) > _BASE_LENGTH:
        base = base.encode()[:_BASE_LENGTH].decode(errors="ignore")
    return base + random_suffix(random)
