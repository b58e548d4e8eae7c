"""Whoever adds a controller, a plugin or a runtime says so in docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from controllers.manager import CONTROLLERS
from kubelet.runtimes.registry import RUNTIMES
from tests.server.harness import Server

DOCS = Path(__file__).parents[2] / "docs"


def _page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", [entry.name for entry in CONTROLLERS])
def test_every_controller_is_named(name: str) -> None:
    assert f"`{name}`" in _page("adding-a-controller.md")


@pytest.mark.parametrize("name", [entry.name for entry in CONTROLLERS])
def test_every_controller_has_a_row_beside_upstreams(name: str) -> None:
    page = _page("controllers.md")
    assert f"\n| `{name}` | " in page
    assert f"`{name}`" not in page.partition("<!-- absent -->")[2], "it is there now: take it off the second table"


@pytest.mark.parametrize("name", [kind.name for kind in RUNTIMES])
def test_every_runtime_is_named(name: str) -> None:
    assert f"`{name}`" in _page("adding-a-runtime.md")


def test_every_admission_plugin_is_named_in_the_order_of_the_chain(tmp_path: Path) -> None:
    with Server(tmp_path / "state.db", disabled_plugins=()) as server:
        chain = [plugin.name for plugin in server.server.api.admission.plugins]
    listed = re.findall(r"^\| `(\w+)` \|", _page("adding-an-admission-plugin.md"), re.MULTILINE)
    assert listed == chain


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", _page(page)):
        assert (DOCS / target).exists(), f"{page} links to {target}"
