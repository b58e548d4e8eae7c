"""What types and fields are for, in words, for ``kubectl explain``.

The prose is not part of the project: it is read, when an OpenAPI document is first asked for, out of the installed
official client's model files, as text. The client itself is never imported (it costs a second and tens of megabytes).
Where it is not installed there are simply no descriptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

_FIELD: Final = re.compile(r"^    (\w+): .*$", re.MULTILINE)
_DESCRIPTION: Final = re.compile(r'description=("(?:[^"\\]|\\.)*")')
_JSON_NAME: Final = re.compile(r'(?:serialization_|, )alias="([^"]+)"')
_ESCAPE: Final = re.compile(r"\\(.)")
_MEANT: Final = {"n": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_VERSION: Final = re.compile(r'^__version__ = "(.+)"', re.MULTILINE)
_CLASS: Final = re.compile(r'^class \w+\(.*?\):\n    """\n(.*?)\n\n    Attributes:', re.MULTILINE | re.DOTALL)


class Described(NamedTuple):
    text: str
    fields: Mapping[str, str]
    """By JSON name; fields without a description are absent."""


NOTHING: Final = Described("", {})


@cache
def _client_folder() -> Path | None:
    spec = find_spec("kubernetes")
    folders = spec.submodule_search_locations if spec is not None else None
    return Path(folders[0]) if folders else None


def client_version() -> str:
    """Tells one set of descriptions from another; empty without the client."""
    folder = _client_folder()
    found = _VERSION.search((folder / "__init__.py").read_text(encoding="utf-8")) if folder else None
    return found[1] if found else ""


@cache
def _model_files() -> Mapping[str, Path]:
    """The client's model files by their name without underscores."""
    folder = _client_folder()
    return {file.stem.replace("_", ""): file for file in folder.glob("client/models/*.py")} if folder else {}


def model_text(definition: str) -> str:
    """The source of the client's model of a definition, up to its fields' end; empty without one.

    The client names a model by version and kind (``V1Container``), and by group too where that is ambiguous
    (``CoreV1Event``).
    """
    *_, group, version, name = definition.split(".")
    for key in (f"{group}{version}{name}", f"{version}{name}"):
        file = _model_files().get(key.lower())
        if file is not None:
            return file.read_text(encoding="utf-8").partition("\n    openapi_types: ")[0]
    return ""


def describe(definition: str) -> Described:
    """The descriptions of a definition (``io.k8s.api.core.v1.Container``) and its fields."""
    source = model_text(definition)
    of_class = _CLASS.search(source)
    if of_class is None:
        return NOTHING
    fields: dict[str, str] = {}
    for line in _FIELD.finditer(source, of_class.end()):
        if found := _DESCRIPTION.search(line[0]):
            name = _JSON_NAME.search(line[0])
            fields[name[1] if name else line[1]] = _meant(found[1])
    return Described(of_class[1].strip(), fields)


def _meant(literal: str) -> str:
    """The text of a string in source code. Python's own parser must not be used by two threads at once (3.11)."""
    return _ESCAPE.sub(lambda escape: _MEANT.get(escape[1], escape[0]), literal[1:-1])


@cache
def text_of(definition: str) -> str:
    """The description of a definition alone."""
    return describe(definition).text
