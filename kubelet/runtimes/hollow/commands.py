"""What a container's command does, as far as it can be told without running it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from kubelet.runtimes.hollow.shell import FOREVER, Program, Shell

_SHELLS = frozenset(["sh", "bash", "ash", "dash", "zsh"])
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SECONDS = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)")
_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][\w.-]*)\)")


class Commands:
    """``table``: what named programs do; ``unknown``: what any other does. Both are data (``rules.yaml``)."""

    def __init__(self, table: Mapping[str, Program], unknown: Program = FOREVER) -> None:
        self._table = table
        self._unknown = unknown
        self._special: dict[str, Callable[[list[str], Mapping[str, str]], Program]] = {
            "sleep": lambda args, env: _sleep(args),
            "env": self._env,
            "timeout": self._timeout,
        }

    def run(self, words: Sequence[str], env: Mapping[str, str]) -> Program:
        """``words``: program and arguments, at least one."""
        name = words[0].rpartition("/")[2]
        args = list(words[1:])
        if name in _SHELLS:
            return self._shell(args, env)
        if name in self._special:
            return self._special[name](args, env)
        return self._table.get(name, self._unknown)

    def knows(self, words: Sequence[str]) -> bool:
        """Whether the program (not what it calls) is understood."""
        name = words[0].rpartition("/")[2]
        return name in _SHELLS or name in self._special or name in self._table

    def _shell(self, args: list[str], env: Mapping[str, str]) -> Program:
        errexit = False
        for position, arg in enumerate(args):
            if not re.fullmatch(r"[-+]\w+", arg):
                break
            errexit = errexit or (arg[0] == "-" and "e" in arg)
            if "c" in arg:
                shell = Shell(lambda words: self.run(words, env), env, errexit=errexit)
                return shell.script("".join(args[position + 1 : position + 2]))
        return self._unknown if args else self._table.get("sh", self._unknown)

    def _env(self, args: list[str], env: Mapping[str, str]) -> Program:
        more = dict(env)
        while args and "=" in args[0]:
            name, _, value = args[0].partition("=")
            more[name] = value
            args = args[1:]
        return self.run(args, more) if args else Program()

    def _timeout(self, args: list[str], env: Mapping[str, str]) -> Program:
        args = [a for i, a in enumerate(args) if not (a.startswith("-") and i < 2)]
        limit = _sleep(args[:1]).duration
        inner = self.run(args[1:], env) if args[1:] else Program()
        return inner if inner.duration <= limit else Program(limit, 124)


def _sleep(args: Sequence[str]) -> Program:
    """GNU sleep: numbers with a unit, added up; ``infinity``."""
    total = 0.0
    for arg in args:
        if arg in ("infinity", "inf"):
            return FOREVER
        match = _SECONDS.fullmatch(arg)
        if match is None:
            return Program(0.0, 1)
        total += float(match[1]) * _UNITS[match[2]]
    return Program(total) if args else Program(0.0, 1)


def expand_references(words: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """``$(NAME)`` as Kubernetes expands it in command and args: unknown names stay, ``$$`` is a dollar sign."""

    def replace(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else env.get(match[1], match[0])

    return [_REFERENCE.sub(replace, word) for word in words]


def literal_env(container: Mapping[str, object]) -> dict[str, str]:
    """The environment variables whose values are written in the spec."""
    entries = container.get("env")
    if not isinstance(entries, list):
        return {}
    return {entry["name"]: str(entry.get("value") or "") for entry in entries if "valueFrom" not in entry}
