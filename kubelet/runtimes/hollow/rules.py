"""Reading ``rules.yaml`` and telling how one container of one pod behaves."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from apimachinery.objects import Object
from kubelet.pods.images import normalize
from kubelet.runtimes.hollow.annotations import Overrides, overrides_of
from kubelet.runtimes.hollow.commands import Commands, expand_references, literal_env
from kubelet.runtimes.hollow.shell import FOREVER, Program
from kubelet.runtimes.hollow.usage import Load, load_of

DEFAULT_RULES = Path(__file__).with_name("rules.yaml")
_ASPECTS = ("pull", "start", "run", "stop", "probes", "usage")


class RulesError(ValueError):
    """A rules file that cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class ProbeRule:
    """A probe fails for ``fail_for`` seconds after the container's start (inf: always)."""

    fail_for: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """All times in seconds. An empty error means that it works."""

    pull_seconds: float = 0.0
    pull_error: str = ""
    image_size: int = 0
    start_seconds: float = 0.0
    start_error: str = ""
    run: Program = FOREVER
    exit_reason: str = ""
    exit_message: str = ""
    stop_seconds: float = 0.0
    stop_code: int = 0
    probes: Mapping[str, ProbeRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What rules match against."""

    image: str
    command: str
    container: str
    namespace: str
    annotations: Mapping[str, str]
    labels: Mapping[str, str]


_Test = Callable[[_Subject], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    tests: tuple[_Test, ...]
    aspects: Mapping[str, Mapping[str, Any]]

    def matches(self, subject: _Subject) -> bool:
        return all(test(subject) for test in self.tests)


class Rules:
    """The rules of a node. Immutable; shared between nodes."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        table = {str(name): _program(spec) for name, spec in (document.get("commands") or {}).items()}
        self.commands = Commands(table)
        self.probe_commands = Commands(table, Program())
        """For probes and hooks, where an unknown program is taken to succeed at once."""
        self._rules = tuple(_rule(i, entry) for i, entry in enumerate(document.get("rules") or ()))

    @classmethod
    def load(cls, path: Path = DEFAULT_RULES) -> Rules:
        """Raises RulesError in one clear line."""
        try:
            document = yaml.load(path.read_bytes(), Loader=_LOADER)
        except (OSError, yaml.YAMLError) as error:
            raise RulesError(f"cannot read rules {path}: {' '.join(str(error).split())}") from error
        if not isinstance(document, dict):
            raise RulesError(f"cannot read rules {path}: not a mapping")
        return cls(document)

    def behaviour(self, pod: Object, container: Object) -> Behaviour:
        """How the container will behave, annotations included."""
        env = literal_env(container)
        words = expand_references([*(container.get("command") or ()), *(container.get("args") or ())], env)
        aspects = self._aspects(_subject(pod, container, words))
        run = self.commands.run(words, env) if words else FOREVER
        return _override(_behaviour(aspects, run, container["image"]), overrides_of(pod, container["name"]))

    def usage(self, pod: Object, container: Object) -> Load:
        """What the container uses now, annotations included."""
        env = literal_env(container)
        words = expand_references([*(container.get("command") or ()), *(container.get("args") or ())], env)
        return load_of(pod, container, self._aspects(_subject(pod, container, words)).get("usage", {}))

    def _aspects(self, subject: _Subject) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for rule in self._rules:
            if rule.aspects.keys() - found.keys() and rule.matches(subject):
                found = {**rule.aspects, **found}
        return found


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _subject(pod: Object, container: Object, words: Sequence[str]) -> _Subject:
    meta = pod["metadata"]
    return _Subject(
        image=container["image"],
        command=words[0].rpartition("/")[2] if words else "",
        container=container["name"],
        namespace=meta.get("namespace") or "",
        annotations=meta.get("annotations") or {},
        labels=meta.get("labels") or {},
    )


def _behaviour(aspects: Mapping[str, Mapping[str, Any]], run: Program, image: str) -> Behaviour:
    pull, start, stop = aspects.get("pull", {}), aspects.get("start", {}), aspects.get("stop", {})
    forced = aspects.get("run")
    return Behaviour(
        pull_seconds=float(pull.get("seconds", 0)),
        pull_error=str(pull.get("error", "")).replace("{name}", normalize(image)),
        image_size=int(pull.get("size", 0)),
        start_seconds=float(start.get("seconds", 0)),
        start_error=str(start.get("error", "")),
        run=run if forced is None else _program({"seconds": math.inf, **forced}),
        exit_reason="" if forced is None else str(forced.get("reason", "")),
        exit_message="" if forced is None else str(forced.get("message", "")),
        stop_seconds=float(stop.get("seconds", 0)),
        stop_code=int(stop.get("exitCode", 0)),
        probes={name: _probe(spec) for name, spec in aspects.get("probes", {}).items()},
    )


def _probe(spec: Mapping[str, Any]) -> ProbeRule:
    return ProbeRule(float(spec.get("failFor", 0)), str(spec.get("message", "")))


def _program(spec: Mapping[str, Any]) -> Program:
    return Program(float(spec.get("seconds", 0)), int(spec.get("exitCode", 0)))


def _override(behaviour: Behaviour, overrides: Overrides) -> Behaviour:
    changes: dict[str, Any] = {}
    for name in (
        "pull_seconds",
        "pull_error",
        "start_seconds",
        "start_error",
        "exit_reason",
        "stop_seconds",
        "stop_code",
    ):
        value = getattr(overrides, name)
        if value is not None:
            changes[name] = value
    if overrides.run_seconds is not None or overrides.exit_code is not None:
        changes["run"] = Program(overrides.run_seconds or 0.0, overrides.exit_code or 0)
    if overrides.fail_probes or overrides.ready_seconds is not None:
        failing = {purpose: ProbeRule(math.inf) for purpose in overrides.fail_probes}
        late = {} if overrides.ready_seconds is None else {"readinessProbe": ProbeRule(overrides.ready_seconds)}
        changes["probes"] = {**behaviour.probes, **late, **failing}
    return replace(behaviour, **changes) if changes else behaviour


def _rule(index: int, entry: Any) -> Rule:
    if not isinstance(entry, dict):
        raise RulesError(f"rules[{index}]: not a mapping")
    name = str(entry.get("name") or f"rules[{index}]")
    unknown = entry.keys() - {"name", "match", *_ASPECTS}
    if unknown:
        raise RulesError(f"rule {name!r}: unknown field {sorted(unknown)[0]!r}")
    tests = tuple(_test(name, what, wanted) for what, wanted in (entry.get("match") or {}).items())
    return Rule(name, tests, {aspect: entry[aspect] or {} for aspect in _ASPECTS if aspect in entry})


def _test(rule: str, what: str, wanted: Any) -> _Test:
    if what in ("annotations", "labels"):
        patterns = {key: _pattern(value) for key, value in wanted.items()}
        return lambda s: all(p.fullmatch(getattr(s, what).get(key, "")) for key, p in patterns.items())
    if what not in ("image", "command", "container", "namespace"):
        raise RulesError(f"rule {rule!r}: unknown match {what!r}")
    pattern = _pattern(wanted)
    return lambda s: pattern.fullmatch(getattr(s, what)) is not None


def _pattern(wanted: Any) -> re.Pattern[str]:
    choices = wanted if isinstance(wanted, list) else [wanted]
    return re.compile("|".join(f"(?:{fnmatch.translate(str(choice))})" for choice in choices))
