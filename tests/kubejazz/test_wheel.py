"""The wheel, installed where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.kubejazz.processes import environment

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "apimachinery",
    "openapi",
    "storage",
    "migrations",
    "server",
    "client",
    "controllers",
    "scheduler",
    "kubelet",
    "metricsserver",
)


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment({"PYTHONDONTWRITEBYTECODE": "1"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (built,) = folder.glob("kubejazz-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a fresh environment that sees the dependencies of this one, and our wheel."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_nothing_of_ours_lands_beside_other_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"kubejazz"}
    for room in ROOMS:
        assert f"kubejazz/_app/{room}/__init__.py" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests/", "kubejazz/_app/tests"))]


def test_every_file_of_the_rooms_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    tracked = run("git", "ls-files", "-z", *ROOMS, cwd=ROOT).split("\0")
    present = {f"kubejazz/_app/{name}" for name in tracked if name and (ROOT / name).exists()}
    assert present <= packed


def test_the_installed_server_runs_in_a_folder_full_of_traps(installed: Path, tmp_path: Path) -> None:
    for name in ("server", "storage", "client", "kubejazz", "yaml"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('the wrong one')\n")
    reader, writer = os.pipe()
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [installed / "kubejazz", "serve", "--data-dir", "data", "--port", "0", "--ready-fd", str(writer)],
            cwd=tmp_path,
            env=environment(),
            pass_fds=[writer],
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        os.close(writer)
        url = os.read(reader, 4096).decode()
        os.close(reader)
        assert url.startswith("https://127.0.0.1:"), (tmp_path / "log").read_text()
        process.terminate()
        assert process.wait(5) == 0


def test_the_installed_package_knows_its_version(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "kubejazz", "version", cwd=tmp_path).startswith("kubejazz 0.1.0 ")
