"""One stock kubectl against one cluster, in a namespace of the test's own."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml

from tests.kubectl.api import Api
from tests.kubectl.versions import Binary

PATIENCE = 30.0


class Done(NamedTuple):
    out: str
    err: str
    code: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def rows(self) -> list[list[str]]:
        return [line.split() for line in self.lines]

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)

    @property
    def yaml(self) -> Any:
        return yaml.safe_load(self.out)


@dataclass(frozen=True)
class Kubectl:
    """Called, it runs a command in ``namespace``."""

    binary: Binary
    kubeconfig: Path
    home: Path
    namespace: str
    api: Api

    def arguments(self, *arguments: str) -> list[str]:
        return [self.binary.path, f"--kubeconfig={self.kubeconfig}", f"--namespace={self.namespace}", *arguments]

    def environment(self, further: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KUBE")}
        return {**kept, "HOME": str(self.home), **(further or {})}

    def __call__(
        self, *arguments: str, stdin: str | None = None, code: int | None = 0, env: Mapping[str, str] | None = None
    ) -> Done:
        """Fails the test unless it ends with ``code`` (None: with any)."""
        ended = subprocess.run(
            self.arguments(*arguments),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment(env),
            check=False,
        )
        done = Done(ended.stdout, ended.stderr, ended.returncode)
        assert code is None or done.code == code, f"{' '.join(arguments)}\nended with {done.code}\n{done.out}{done.err}"
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """In the background; the caller ends it."""
        return subprocess.Popen(
            self.arguments(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment(),
        )

    def apply(self, *objects: Any) -> None:
        self("apply", "-f", "-", stdin=manifest(*objects))

    def find(self, resource: str, name: str) -> Any:
        """What is stored in the test's namespace, None if it is not there."""
        return self.api.find(resource, name, self.namespace)

    def stored(self, resource: str, name: str) -> Any:
        found = self.find(resource, name)
        assert found is not None, f"there is no {resource} {name}"
        return found

    def at_least(self, minor: int) -> bool:
        return self.binary.minor >= minor


def manifest(*objects: Any) -> str:
    return yaml.safe_dump_all(objects)


def eventually(look: Callable[[], Any], accept: Callable[[Any], bool] = bool) -> Any:
    """Look until it is acceptable; what was seen then."""
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = look()
        if accept(seen):
            return seen
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s; last seen: {seen}"
        time.sleep(0.05)
