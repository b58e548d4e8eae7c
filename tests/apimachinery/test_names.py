from collections.abc import Callable
from random import Random

import pytest

from apimachinery import names
from apimachinery.gvk import GroupKind, GroupResource, GroupVersion, GroupVersionKind

LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


@pytest.mark.parametrize(
    ("rule", "value", "problems"),
    [
        (names.is_dns1123_label, "a-1", []),
        (names.is_dns1123_label, "a.b", ["must not contain dots"]),
        (names.is_dns1123_label, "A", [LABEL]),
        (names.is_dns1123_label, "a\n", [LABEL]),
        (names.is_dns1123_label, "a" * 64, ["must be no more than 63 characters"]),
        (names.is_dns1123_subdomain, "a.b-c.d", []),
        (names.is_dns1123_subdomain, "a..b", [SUBDOMAIN]),
        (names.is_dns1123_subdomain, "", [SUBDOMAIN]),
        (names.is_dns1123_subdomain, "a" * 254, ["must be no more than 253 characters"]),
        (names.is_dns1035_label, "a1", []),
        (names.is_qualified_name, "example.com/My_name.x", []),
        (names.is_qualified_name, "/x", ["prefix part must be non-empty"]),
        (names.is_qualified_name, "A/x", [f"prefix part {SUBDOMAIN}"]),
        (names.is_qualified_name, "a" * 64, ["name part must be no more than 63 bytes"]),
        (names.is_prefixed_qualified_name, "x", ["must include a prefix (e.g. 'example.com/key')"]),
        (names.is_label_value, "", []),
        (names.is_label_value, "a" * 64, ["must be no more than 63 bytes"]),
        (names.is_port_name, "http-1", []),
        (
            names.is_port_name,
            "-1--",
            [
                "must contain at least one letter (a-z)",
                "must not contain consecutive hyphens",
                "must not begin or end with a hyphen",
            ],
        ),
        (names.is_port_name, "a" * 16, ["must be no more than 15 characters"]),
        (names.is_config_map_key, "a_b.c-D", []),
        (names.is_config_map_key, "..a", ["must not start with '..'"]),
        (names.is_config_map_key, ".", ["must not be '.'"]),
        (names.is_env_var_name, "A_1", []),
        (names.is_relaxed_env_var_name, "1 a", []),
        (names.is_relaxed_env_var_name, "", ["environment variable name must be non-empty"]),
        (
            names.is_relaxed_env_var_name,
            "a=b",
            ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
        ),
        (names.is_path_segment_name, "a:b", []),
        (names.is_path_segment_name, "..", ["may not be '..'"]),
        (names.is_path_segment_name, "a/%", ["may not contain '/'", "may not contain '%'"]),
        (names.is_http_path, "/a?", [names.regex_error("Invalid path", r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+")]),
        (names.is_percent, "10%", []),
        (names.is_http_header_name, "X-A", []),
        (names.is_c_identifier, "_a1", []),
        (names.is_dns1123_subdomain_caseless, "A.b", []),
        (names.is_dns1123_subdomain_with_underscore, "_a.b", []),
        (names.is_wildcard_dns1123_subdomain, "*.a.b", []),
    ],
)
def test_rules(rule: Callable[[str], list[str]], value: str, problems: list[str]) -> None:
    assert rule(value) == problems


@pytest.mark.parametrize(
    ("rule", "value", "start"),
    [
        (names.is_dns1035_label, "1a", "a DNS-1035 label must consist of"),
        (names.is_qualified_name, "a/b/c", "a valid label key must consist of"),
        (names.is_env_var_name, "1A", "a valid environment variable name must consist of alphabetic"),
        (names.is_config_map_key, "a/b", "a valid config key must consist of"),
        (names.is_percent, "10", "a valid percent string"),
        (names.is_http_header_name, "a b", "a valid HTTP header"),
        (names.is_c_identifier, "1", "a valid C identifier"),
        (names.is_wildcard_dns1123_subdomain, "*", "a wildcard DNS-1123 subdomain"),
        (names.is_port_name, "A", "must contain only alpha-numeric characters"),
        (names.is_dns1123_subdomain_caseless, "a_b", "an RFC 1123 subdomain"),
    ],
)
def test_a_refusal_says_which_rule(rule: Callable[[str], list[str]], value: str, start: str) -> None:
    assert rule(value)[0].startswith(start)


def test_ranges() -> None:
    assert names.is_port_number(1) == names.is_port_number(65535) == []
    assert names.is_port_number(0) == ["must be between 1 and 65535, inclusive"]
    assert names.is_user_or_group_id(-1) == ["must be between 0 and 2147483647, inclusive"]


def test_a_long_hostile_name_is_refused_quickly() -> None:
    assert names.is_dns1123_subdomain("a" * 100_000 + "!")
    assert names.is_qualified_name("a." * 50_000 + "!")


def test_a_generated_name_has_five_characters_after_the_cut_base() -> None:
    random = Random(7)
    assert names.generate_name("web-", random)[:4] == "web-"
    suffixes = {names.generate_name("", random) for _ in range(200)}
    assert all(len(s) == 5 and set(s) <= set("bcdfghjklmnpqrstvwxz2456789") for s in suffixes)
    assert len(suffixes) > 190
    assert len(names.generate_name("a" * 80, random)) == 63
    assert len(names.generate_name("é" * 40, random).encode()) <= 63


def test_a_dash_at_the_end_of_a_prefix_is_masked() -> None:
    assert names.mask_trailing_dash("web-") == "wea"
    assert names.mask_trailing_dash("-") == "-"


def test_hashes_are_spelled_without_vowels() -> None:
    assert names.safe_encode("09") == "4f"
    assert set(names.safe_encode("5f7c9")) <= set("bcdfghjklmnpqrstvwxz2456789")


def test_identifiers_print_as_upstream() -> None:
    assert str(GroupVersionKind("", "v1", "Pod")) == "/v1, Kind=Pod"
    assert str(GroupVersion.parse("apps/v1").resource("deployments")) == "apps/v1, Resource=deployments"
    assert str(GroupResource("apps", "deployments")) == "deployments.apps"
    assert GroupKind.parse("Deployment.apps") == GroupKind("apps", "Deployment")
    assert GroupResource.parse("pods") == GroupResource("", "pods")
    assert GroupVersion.parse("v1").api_version == "v1"
    with pytest.raises(ValueError, match="unexpected GroupVersion string: a/b/c"):
        GroupVersion.parse("a/b/c")
