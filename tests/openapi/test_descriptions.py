from __future__ import annotations

import ast
import re
import subprocess
import sys
import warnings

import pytest

from openapi import descriptions
from openapi.descriptions import NOTHING, describe


def test_types_and_fields_are_described_by_the_installed_client() -> None:
    port = describe("io.k8s.api.core.v1.ContainerPort")
    assert port.text == "ContainerPort represents a network port in a single container."
    assert port.fields["hostIP"] == "What host IP to bind the external port to."
    assert '"TCP"' in port.fields["protocol"]


def test_a_name_two_groups_share_is_told_by_its_group() -> None:
    core = describe("io.k8s.api.core.v1.Event")
    events = describe("io.k8s.api.events.v1.Event")
    assert "involvedObject" not in events.fields and "regarding" not in core.fields
    assert core.text != NOTHING.text


def test_an_unknown_definition_has_no_description() -> None:
    assert describe("io.k8s.api.core.v1.NoSuchThing") == NOTHING


def test_without_the_client_nothing_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptions, "_model_files", dict)
    assert describe("io.k8s.api.core.v1.Pod") == NOTHING


def test_the_client_is_not_imported() -> None:
    program = (
        "import sys; from openapi.descriptions import describe; "
        "assert describe('io.k8s.api.core.v1.Pod').text; assert 'kubernetes' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_version_of_the_client_is_known() -> None:
    assert descriptions.client_version().startswith("37.")


def test_descriptions_are_read_as_python_reads_them() -> None:
    """The client's source has some escapes that Python itself warns of."""
    text = descriptions.model_text("io.k8s.api.core.v1.PodSpec") + descriptions.model_text("io.k8s.api.core.v1.Volume")
    literals = re.findall(r'^    \w+: .*description=("(?:[^"\\]|\\.)*")', text, re.MULTILINE)
    fields = {**describe("io.k8s.api.core.v1.PodSpec").fields, **describe("io.k8s.api.core.v1.Volume").fields}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert set(map(ast.literal_eval, literals)) == set(fields.values())
    assert any("\\" in literal for literal in literals)
