"""What concerns all tests: the tables that some of them fill."""

from __future__ import annotations

import pytest

from tests.clients.results import Results
from tests.kubectl.table import Table


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kubectl-table", metavar="FILE", help="write the table of kubectl commands by versions there")
    parser.addoption("--client-results", metavar="FILE", help="write what the client libraries' checks said there")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(config.getoption("--kubectl-table")), "kubectl-table")
        config.pluginmanager.register(Results(config.getoption("--client-results")), "client-results")
