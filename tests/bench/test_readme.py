"""The figures of the README are those that were measured."""

from bench.compared import sections
from bench.readme import LINES, README, filled, table
from bench.table import RESULTS


def test_the_readme_shows_the_committed_results() -> None:
    readme = README.read_text()
    assert filled(readme, RESULTS.read_text()) == readme
    assert table(sections(RESULTS.read_text())) in readme


def test_another_result_is_another_readme() -> None:
    results = RESULTS.read_text()
    other = results.replace("| idle memory of serve | ", "| idle memory of serve | 9")
    assert filled(README.read_text(), other) != README.read_text()
    assert len(LINES) == table(sections(other)).count("\n") - 2
