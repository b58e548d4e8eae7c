"""The launcher: makes the folders importable in this process alone, then hands over to the command line.

In a checkout the folders (``server``, ``storage``, …) lie beside ``kubejazz/``; in an installed package under
``kubejazz/_app/``. They come first on ``sys.path``, so nothing in the working directory or in site-packages is taken
for them, and nothing named ``server`` lands in anybody's site-packages.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def application_folder() -> Path:
    """The folder that holds ``server``, ``storage`` and the others."""
    bundled = PACKAGE / "_app"
    return bundled if bundled.is_dir() else PACKAGE.parent


def prepare_path() -> None:
    if str(PACKAGE.parent) not in sys.path:
        sys.path.append(str(PACKAGE.parent))
    first = str(application_folder())
    sys.path[:] = [first, *(entry for entry in sys.path if entry != first)]


def main() -> int:
    prepare_path()
    # Only now can it be imported: its own imports need the path.
    code: int = importlib.import_module("kubejazz.cli").main()
    return code


if __name__ == "__main__":
    sys.exit(main())
