"""Whether Go would compile a regular expression, and what it would say if not.

Python's own parser decides, after what only one of both languages knows is told apart. Source: Go's regexp/syntax.
"""

from __future__ import annotations

import re

_foreign = re.compile(r"\\.|\[(?:\\.|\[:\w+:\]|[^\]\\])*\]|(\(\?(?:[=!>#(]|<[=!]))", re.S)
_backreference = re.compile(r"(?:\\\\|[^\\])*?(\\[1-9])")
_ours = re.compile(
    r"\\(?:[pP](?:\{[^}]*\}|.)|z|Q.*?(?:\\E|$))|\[:\^?\w+:\]|\(\?P?<\w+>|\(\?[imsU]*(?:-[imsU]+)?[:)]", re.S
)
_WORDS = (
    ("missing ), unterminated subpattern", "missing closing )"),
    ("unbalanced parenthesis", "unexpected )"),
    ("unterminated character set", "missing closing ]"),
    ("nothing to repeat", "missing argument to repetition operator"),
    ("multiple repeat", "invalid nested repetition operator"),
    ("bad character range", "invalid character class range"),
    ("bad escape (end of pattern)", "trailing backslash at end of expression"),
    ("bad escape", "invalid escape sequence"),
    ("min repeat greater than max repeat", "invalid repeat count"),
)
_WITH_PATTERN = ("missing closing )", "unexpected )", "missing closing ]")


def regexp_problem(pattern: str) -> str:
    """Go's error, or an empty string."""
    for match in _foreign.finditer(pattern):
        if match[1]:
            return f"error parsing regexp: invalid or unsupported Perl syntax: `{match[1]}`"
    if reference := _backreference.match(pattern):
        return f"error parsing regexp: invalid escape sequence: `{reference[1]}`"
    try:
        re.compile(_ours.sub(_translated, pattern))
    except (re.error, OverflowError, RecursionError) as error:
        words = str(error)
        said = next((go for ours, go in _WORDS if words.startswith(ours)), words)
        return (
            f"error parsing regexp: {said}: `{pattern}`" if said in _WITH_PATTERN else f"error parsing regexp: {said}"
        )
    return ""


def _translated(match: re.Match[str]) -> str:
    """Something that Python parses in the same place."""
    text = match[0]
    if text.startswith("[:"):
        return "a"
    return "(?:" if text.startswith("(?") and text[-1] in ":>" else "" if text.startswith("(?") else "a"
