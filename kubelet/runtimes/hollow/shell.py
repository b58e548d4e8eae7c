"""Reading a shell script just well enough to know when it ends and how.

Lists (``;``, newline, ``&``), ``&&``, ``||``, pipelines, quoting, redirections, assignments and variables are
understood; compound commands (``while``, ``if``, subshells …) and unknown programs count as running for ever.
Source: POSIX.1-2017, Shell Command Language 2.3, 2.6, 2.9.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple


class Program(NamedTuple):
    """How a command behaves: it ends after ``duration`` seconds (inf: never) with ``exit_code``."""

    duration: float = 0.0
    exit_code: int = 0


FOREVER = Program(math.inf)
Run = Callable[[list[str]], Program]
"""What a simple command (its words, at least one) does."""

_COMPOUND = frozenset(
    ["while", "until", "for", "if", "case", "select", "{", "(", "[[", "function", "do", "done", "then", "fi"]
)
_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r]+|\\\n|(?:(?<=\s)|^)\#[^\n]*)
      | (?P<redirect>\d*(?:>>|>&|<&|<<<|<<|>|<)[ \t]*(?:"[^"]*"|'[^']*'|[^\s;&|<>()]+))
      | (?P<operator>&&|\|\||;;|[;&|()\n])
      | (?P<word>(?:[^\s;&|<>()'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+)|[?@*#$!-])")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


class _Exit(Exception):
    """The script ends here."""


class Shell:
    """One run of one script. Time is counted, not spent."""

    def __init__(self, run: Run, env: Mapping[str, str], *, errexit: bool = False) -> None:
        self._run = run
        self._env = dict(env)
        self._errexit = errexit
        self._elapsed = 0.0
        self._last = 0
        self._background = 0.0
        """When the last background job ends."""

    def script(self, text: str) -> Program:
        tokens = _tokens(text)
        if tokens is None:
            return FOREVER
        with suppress(_Exit):
            self._list(tokens)
        return Program(self._elapsed, 0 if math.isinf(self._elapsed) else self._last)

    def _list(self, tokens: list[tuple[str, str]]) -> None:
        """``a && b ; c | d &`` from left to right."""
        joined, pipeline = "", [list[str]()]
        for kind, text in [*tokens, ("operator", "\n")]:
            if kind == "word":
                pipeline[-1].append(text)
            elif text == "|":
                pipeline.append([])
            else:
                self._pipeline(joined, [c for c in pipeline if c], background=text == "&")
                if self._errexit and self._last and text in (";", "\n"):
                    raise _Exit
                joined, pipeline = text, [[]]

    def _pipeline(self, joined: str, commands: list[list[str]], *, background: bool) -> None:
        if not commands or (joined == "&&" and self._last) or (joined == "||" and not self._last):
            return
        programs = [self._command(words) for words in commands]
        duration = max(p.duration for p in programs)
        if background:
            self._background = max(self._background, self._elapsed + duration)
            self._last = 0
            return
        self._elapsed += duration
        self._last = programs[-1].exit_code
        if math.isinf(self._elapsed):
            raise _Exit

    def _command(self, raw: list[str]) -> Program:
        words = [w for w in (self._expand(word) for word in raw) if w is not None]
        while words and (assignment := _ASSIGNMENT.fullmatch(words[0])):
            self._env[assignment[1]] = assignment[2]
            words = words[1:]
        if not words:
            return Program()
        match words[0]:
            case "exit":
                self._last = _exit_code(words[1:], self._last)
                raise _Exit
            case "exec" if len(words) > 1:
                program = self._run(words[1:])
                self._elapsed += program.duration
                self._last = program.exit_code
                raise _Exit
            case "wait":
                return Program(max(0.0, self._background - self._elapsed))
            case "set":
                self._errexit = self._errexit or any(re.fullmatch(r"-\w*e\w*", w) for w in words[1:])
                return Program()
        return FOREVER if words[0] in _COMPOUND else self._run(words)

    def _expand(self, word: str) -> str | None:
        """Quotes removed and variables put in; None for an unquoted word that expands to nothing."""
        text = "".join(
            single or (_VARIABLE.sub(self._variable, double or plain) if double or plain else escaped)
            for single, double, escaped, plain in _PART.findall(word)
        )
        return text if text or "'" in word or '"' in word else None

    def _variable(self, match: re.Match[str]) -> str:
        if match[0] == "$?":
            return str(self._last)
        return self._env.get(match[1] or match[2] or "", "")


def _exit_code(words: list[str], last: int) -> int:
    return int(words[0]) % 256 if words and words[0].isdigit() else last


def _tokens(text: str) -> list[tuple[str, str]] | None:
    """(kind, text) of words and operators; None for what this reader does not understand."""
    found, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match[0] in ("(", ")", ";;"):
            return None
        if match.lastgroup in ("word", "operator"):
            found.append((match.lastgroup, match[0]))
        position = match.end()
    return found
