"""``python -m conformance.summary``: what passes by area, and what fails and why, into docs/compatibility.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.catalogue import NEEDS, Listed, official_list
from conformance.expected import EXPECTED, Expected, read

PAGE = Path(__file__).resolve().parent.parent / "docs" / "compatibility.md"
BEGIN, END = "<!-- conformance -->\n", "<!-- end of conformance -->\n"


def render(listed: Iterable[Listed], expected: Mapping[str, Expected]) -> str:
    """A row an area, with the tests that need no containers and those that do; then the failures by their reason."""
    tests = list(listed)
    lines = [
        "| area | passed | failed | not written | needs real containers |",
        "|---|--:|--:|--:|--:|",
        *(_row(area, [one for one in tests if one.area == area], expected) for area in sorted({o.area for o in tests})),
        _row("**all**", tests, expected),
        "",
    ]
    failing = {one.codename: expected[one.codename].why for one in tests if _fails(one, expected)}
    for why in sorted(set(failing.values())):
        names = [name for name, reason in failing.items() if reason == why]
        lines += [f"**{why[0].upper()}{why[1:]}** fails:", "", *(f"- {_cell(name)}" for name in names), ""]
    return "\n".join(lines) + ("" if failing else f"Nothing fails of what needs no more than {NEEDS['b']}.\n")


def _fails(one: Listed, expected: Mapping[str, Expected]) -> bool:
    return one.codename in expected and not expected[one.codename].passes


def _row(area: str, tests: list[Listed], expected: Mapping[str, Expected]) -> str:
    containers = sum(one.needs == "c" for one in tests)
    failed = sum(_fails(one, expected) for one in tests)
    written = sum(one.codename in expected for one in tests)
    cells = (area, written - failed, failed, len(tests) - written - containers, containers)
    return "| " + " | ".join(map(str, cells)) + " |"


def _cell(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")


def with_summary(page: str, summary: str) -> str:
    """The page with another summary. Raises ValueError if it has no place for one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for the summary of the conformance checks")
    return before + begin + summary + end + after


if __name__ == "__main__":
    summary = render(official_list(), read(EXPECTED))
    PAGE.write_text(with_summary(PAGE.read_text("utf-8"), summary), "utf-8")
