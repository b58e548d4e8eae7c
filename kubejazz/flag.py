"""One option of the API server that is kube-apiserver's too, and how its text is read."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Flag(NamedTuple):
    """``read`` makes a value of the text, and raises ArgumentTypeError; ``default`` is text too. What is said by a
    ``repeated`` option is read as one text of several lines."""

    name: str
    help: str
    default: str = ""
    read: Callable[[str], Any] = str
    metavar: str | None = None
    repeated: bool = False

    @property
    def field(self) -> str:
        return self.name.lstrip("-").replace("-", "_")


class Joined(argparse.Action):
    """A repeated option: its texts are lines of one; the first replaces the default."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        given = f"_{self.dest}_given"
        before = f"{getattr(namespace, self.dest)}\n" if getattr(namespace, given, False) else ""
        setattr(namespace, self.dest, f"{before}{values}")
        setattr(namespace, given, True)


def one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(known)}")
        return text

    return read


def optional_path(text: str) -> Path | None:
    return Path(text) if text else None


def lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.split("\n") if line)


def paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(line) for line in lines(text))


def switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"
