"""The README's 60-second tour, every command of it executed as it is printed, and its output compared.

In the tour, a line that begins with ``$ `` is a command; the lines below it are what it prints. ``…`` stands for
anything, and runs of spaces are all the same. Like a reader, the test looks again for a while (``kubectl get`` and
``kubectl wait`` alone) when something is not there yet.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from kubejazz.testing import Kubejazz
from tests.story.waiting import eventually

ROOT = Path(__file__).parents[2]


class Step(NamedTuple):
    command: str
    output: list[str]


def tour() -> list[Step]:
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.partition("## A 60-second tour")[2].partition("\n## ")[0]
    steps: list[Step] = []
    for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append(Step(line[2:], []))
            elif line:
                steps[-1].output.append(line)
    return steps


def _pattern(lines: list[str]) -> str:
    words = [[re.escape(word).replace("…", ".*") for word in line.split()] for line in lines]
    return r"\n".join(r"\s+".join(line) for line in words)


def _normal(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def test_every_command_of_the_tour_does_what_the_readme_says(start_kubejazz: object, tmp_path: Path) -> None:
    assert callable(start_kubejazz)
    cluster: Kubejazz = start_kubejazz(nodes=2)
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "HOME": str(tmp_path)}
    steps = tour()
    assert len(steps) >= 8
    # The nodes take a moment to come; who reads the tour takes longer.
    eventually(lambda: cluster.kubectl("get", "nodes", "-o", "name").split(), lambda nodes: len(nodes) == 2)
    for step in steps:
        _take(step, environment, cluster)


def _take(step: Step, environment: dict[str, str], cluster: Kubejazz) -> None:
    def shown() -> str:
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return _normal(done.stdout) if done.returncode == 0 else f"code {done.returncode}: {done.stdout}{done.stderr}"

    def is_as_printed(text: str) -> bool:
        return re.fullmatch(_pattern(step.output), text) is not None

    if step.command.startswith(("kubectl get", "kubectl wait")):
        eventually(shown, is_as_printed)
        return
    text = shown()
    assert is_as_printed(text), (
        f"$ {step.command}\n{text}\n--- the README says\n{step.output}\n{cluster.log.read_text()}"
    )
