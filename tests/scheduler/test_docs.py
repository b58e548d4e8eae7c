from __future__ import annotations

from pathlib import Path

from tests.scheduler.builders import profile

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-scheduler-plugin.md"


def test_the_page_names_every_plugin_in_order_with_its_weight() -> None:
    table = PAGE.read_text().split("## The plugins there are")[1]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    known = profile()
    scorers = {plugin.name for plugin in known.score}
    expected = [(name, str(known.weights[name]) if name in scorers else "") for name in known.plugins]
    assert [(row[0], row[2]) for row in rows[1:]] == expected
