"""Which regular expressions Go knows, and what it says of others."""

from __future__ import annotations

import pytest

from server.validation.regexps import regexp_problem


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "^[a-z]+$",
        r"\d{1,3}(\.\d{1,3}){3}",
        r"\pL\p{Greek}",
        "[[:alpha:]_]",
        "(?i)a",
        "(?i:a)",
        "(?P<name>a)",
        "(?<n>a)",
        r"\Qa(b\E",
        r"a\z",
        r"[\d\-]",
        r"\(\?=",
    ],
)
def test_known(pattern: str) -> None:
    assert regexp_problem(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("[a", "missing closing ]: `[a`"),
        ("*", "missing argument to repetition operator"),
        ("[z-a]", "invalid character class range"),
        ("a{3,2}", "invalid repeat count"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?<!a)", "invalid or unsupported Perl syntax: `(?<!`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        ("a\\", "trailing backslash at end of expression"),
    ],
)
def test_unknown(pattern: str, problem: str) -> None:
    assert regexp_problem(pattern) == f"error parsing regexp: {problem}"
