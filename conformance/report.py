"""Results as text for a terminal, as JUnit XML, and as a page of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from conformance.runner import Result, State

STATES = tuple(State)


def line(result: Result) -> str:
    """One line for a terminal."""
    reason = f": {_short(result.reason)}" if result.reason else ""
    return f"{result.state.value:<11} {result.seconds:6.1f} s  {result.listed.codename}{reason}"


def totals(results: Iterable[Result]) -> list[tuple[str, Counter[State]]]:
    """Per area in alphabetical order, then "all"."""
    areas: dict[str, Counter[State]] = {}
    for result in results:
        areas.setdefault(result.listed.area, Counter())[result.state] += 1
    everything: Counter[State] = Counter()
    for counts in areas.values():
        everything.update(counts)
    return [*sorted(areas.items()), ("all", everything)]


def table(results: Sequence[Result]) -> str:
    """Totals by area, for a terminal."""
    rows = [["area", *(state.value for state in STATES), "total"]]
    for area, counts in totals(results):
        rows.append([area, *(str(counts[state]) for state in STATES), str(counts.total())])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def junit(results: Sequence[Result]) -> bytes:
    """JUnit XML as the official suite writes it: skipped stands for what was not run."""
    counts = Counter(result.state for result in results)
    suite = ElementTree.Element(
        "testsuite",
        name="conformance",
        tests=str(len(results)),
        failures=str(counts[State.FAILED]),
        skipped=str(counts[State.NOT_WRITTEN] + counts[State.NOT_APPLICABLE]),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", name=result.listed.codename, classname=result.listed.area, time=f"{result.seconds:.3f}"
        )
        if result.state is State.FAILED:
            failure = ElementTree.SubElement(case, "failure", message=_printable(result.reason))
            failure.text = _printable(result.detail)
        elif result.state is not State.PASSED:
            ElementTree.SubElement(case, "skipped", message=result.state.value)
    ElementTree.indent(suite)
    text: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text


def markdown(results: Sequence[Result], about: str) -> str:
    """The page: totals by area, then every test. ``about``: a sentence on what was run against what."""
    lines = ["# Conformance", "", about, "", "| area | passed | failed | not written | needs real containers | total |"]
    lines.append("|---|---|---|---|---|---|")
    for area, counts in totals(results):
        numbers = " | ".join(str(counts[state]) for state in STATES)
        lines.append(f"| {area} | {numbers} | {counts.total()} |")
    lines += ["", "| test | needs | result |", "|---|---|---|"]
    for result in results:
        reason = f": {_short(result.reason)}" if result.reason else ""
        cells = (result.listed.codename, result.listed.needs, result.state.value + reason)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    lines += ["", "Needs: a = the API only, b = pods that run, c = real containers.", ""]
    return "\n".join(lines)


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 200 else one_line[:199] + "…"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")
