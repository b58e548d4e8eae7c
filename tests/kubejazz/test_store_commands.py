"""backup, restore and check, on the store of a server that runs."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from client.api import Client
from client.resources import CONFIGMAPS
from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz
from tests.kubejazz.processes import kubejazz, the_line


def connected(server: Kubejazz) -> closing[Client]:
    return closing(Client.from_kubeconfig(str(server.kubeconfig), user_agent="story/1"))


def config_map(name: str, **data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def names(client: Client) -> set[str]:
    return {item["metadata"]["name"] for item in client.list(CONFIGMAPS, "default")["items"]}


def done(*arguments: str) -> str:
    finished = kubejazz(*arguments)
    assert finished.returncode == 0, finished
    return finished.stdout


def test_a_backup_under_writes_is_a_whole_store_of_one_moment(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    server = start_kubejazz()
    stop, written = threading.Event(), [0]

    def write() -> None:
        with connected(server) as client:
            while not stop.is_set():
                client.create(CONFIGMAPS, "default", config_map(f"m{written[0]}"))
                written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while written[0] < 50:
            stop.wait(0.01)
        before = written[0]
        done("backup", str(tmp_path / "b"), "--data-dir", str(server.data_dir))
        after = written[0]
        assert "whole" in done("check", str(tmp_path / "b"))
        assert "whole" in done("check", "--data-dir", str(server.data_dir))
    finally:
        stop.set()
        writer.join()
    assert written[0] > after
    with closing(sqlite3.connect(tmp_path / "b")) as backup:
        (count,) = backup.execute("SELECT count(*) FROM cur WHERE name LIKE 'm%'").fetchone()
        assert before <= count <= after + 1
        assert backup.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    line = the_line(kubejazz("backup", str(tmp_path / "b"), "--data-dir", str(server.data_dir)))
    assert line.endswith("exists: give the name of a new file")


def test_a_restore_takes_back_what_came_later_and_expires_what_clients_hold(
    start_kubejazz: StartKubejazz, tmp_path: Path
) -> None:
    server = start_kubejazz()
    with connected(server) as client:
        client.create(CONFIGMAPS, "default", config_map("early"))
        done("backup", str(tmp_path / "b"), "--data-dir", str(server.data_dir))
        late = int(client.create(CONFIGMAPS, "default", config_map("late"))["metadata"]["resourceVersion"])
    line = the_line(kubejazz("restore", str(tmp_path / "b"), "--data-dir", str(server.data_dir)))
    assert f"in use by process {server.process.pid}" in line
    server.stop()
    said = done("restore", str(tmp_path / "b"), "--data-dir", str(server.data_dir))
    (aside,) = server.data_dir.glob("kubejazz.db.before-*Z")
    assert str(aside) in said
    assert "whole" in done("check", str(aside))
    again = start_kubejazz(data_dir=server.data_dir)
    with connected(again) as client:
        listed = client.list(CONFIGMAPS, "default")
        assert "late" not in names(client)
        assert "early" in names(client)
        assert int(listed["metadata"]["resourceVersion"]) > late + 100_000
        watch = client.raw_request(
            "GET", "/api/v1/namespaces/default/configmaps", {"watch": "true", "resourceVersion": str(late)}
        )
        assert b'"code":410' in watch.body
    assert "whole" in done("check", "--data-dir", str(server.data_dir))


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory, kubejazz_server: Kubejazz) -> Path:
    path = tmp_path_factory.mktemp("backup") / "b"
    with connected(kubejazz_server) as client:
        made = client.create(CONFIGMAPS, "default", config_map("for-backup", a="1"))
        made["data"] = {"a": "2"}
        client.update(CONFIGMAPS, "default", "for-backup", made)
        client.create(CONFIGMAPS, "default", config_map("for-backup-too"))
    done("backup", str(path), "--data-dir", str(kubejazz_server.data_dir))
    return path


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("UPDATE meta SET rev = rev + 2", "gap: the log has lost revision"),
        ("UPDATE meta SET rev = rev - 1", "beyond: revision"),
        ("DELETE FROM log WHERE rev = (SELECT max(rev) - 1 FROM log)", "gap: the log has lost revision"),
        ("UPDATE log SET value = substr(value, 2) WHERE name = 'for-backup-too'", "digest: revision"),
        ("UPDATE log SET value = substr(value, 2), digest = NULL WHERE name = 'for-backup-too'", "value: revision"),
        ("UPDATE log SET value = NULL WHERE name = 'for-backup-too'", "digest: revision"),
        ("UPDATE log SET value = replace(value, 'for-backup-too', 'for-someone-el'), digest = NULL", "value: revision"),
        ("UPDATE log SET actor = 'nobody' WHERE name = 'for-backup-too'", "digest: revision"),
        ("UPDATE log SET prev_rev = 1 WHERE name = 'for-backup-too'", "chain: revision"),
        ("DELETE FROM cur WHERE name = 'for-backup-too'", "current: configmaps default/for-backup-too is missing"),
        ("UPDATE cur SET mod_rev = create_rev WHERE name = 'for-backup'", "current: configmaps default/for-backup is"),
        ("UPDATE cur SET uid = 'x' WHERE name = 'for-backup'", "current: configmaps default/for-backup has uid x"),
        ("UPDATE cur SET create_rev = 1 WHERE name = 'for-backup'", "current: configmaps default/for-backup was"),
        ("DROP INDEX cur_expires_at; CREATE INDEX i ON log(at); PRAGMA writable_schema = ON;"
         "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'cur')"
         " WHERE name = 'i'", "engine: "),
    ],
)  # fmt: skip
def test_each_kind_of_damage_is_named(backup: Path, tmp_path: Path, damage: str, kind: str) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(backup.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(damage)
    finished = kubejazz("check", str(path))
    assert finished.returncode == 1
    assert kind in finished.stdout + finished.stderr
    assert "restore" in (finished.stdout + finished.stderr)


def test_a_flipped_bit_on_the_disk_is_named_with_its_object_and_revision(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "kubejazz.db"
    content = bytearray(backup.read_bytes())
    with closing(sqlite3.connect(backup)) as connection:
        ((revision, value),) = connection.execute("SELECT rev, value FROM log WHERE name = 'for-backup-too'").fetchall()
    # Of its uid: it stays JSON, and an object of that name.
    content[content.index(value) + value.index(b'"uid":"') + 7] ^= 1
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finished = kubejazz("check", "--data-dir", str(tmp_path))
    assert finished.returncode == 1
    told = f"digest: revision {revision} of configmaps default/for-backup-too is not what was written"
    assert finished.stdout.splitlines()[0] == told
    line = the_line(kubejazz("serve", "--data-dir", str(tmp_path), "--port", "0"))
    assert f"configmaps default/for-backup-too at revision {revision} is not what was written" in line


def test_a_damaged_backup_replaces_nothing(backup: Path, tmp_path: Path) -> None:
    store = tmp_path / "kubejazz.db"
    store.write_bytes(backup.read_bytes())
    damaged = tmp_path / "damaged"
    damaged.write_bytes(backup.read_bytes())
    with closing(sqlite3.connect(damaged)) as connection:
        connection.executescript("DELETE FROM cur")
    line = the_line(kubejazz("restore", str(damaged), "--data-dir", str(tmp_path)))
    assert line.endswith("nothing was changed")
    assert store.read_bytes() == backup.read_bytes()


def test_a_bumped_store_goes_on_beyond_what_was_served(backup: Path, tmp_path: Path) -> None:
    store = tmp_path / "kubejazz.db"
    store.write_bytes(backup.read_bytes())
    with closing(sqlite3.connect(store)) as connection:
        ((before,),) = connection.execute("SELECT rev FROM meta").fetchall()
    said = done("bump-revision", "--data-dir", str(tmp_path), "--by", "5000")
    assert said == f"the store goes on at revision {before + 5000}; every client lists again\n"
    assert f"revision {before + 5000}: whole" in done("check", "--data-dir", str(tmp_path))
    assert "--by 0" in the_line(kubejazz("bump-revision", "--data-dir", str(tmp_path), "--by", "0"))


def test_a_bump_makes_no_store_and_disturbs_none(tmp_path: Path, kubejazz_server: Kubejazz) -> None:
    assert "there is no store at" in the_line(kubejazz("bump-revision", "--data-dir", str(tmp_path)))
    assert not list(tmp_path.iterdir())
    line = the_line(kubejazz("bump-revision", "--data-dir", str(kubejazz_server.data_dir)))
    assert f"in use by process {kubejazz_server.process.pid}" in line


@pytest.mark.parametrize("command", ["backup", "check", "restore"])
def test_what_is_no_store_is_refused_in_one_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "kubejazz.db").write_bytes(b"no database " * 1000)
    file = tmp_path / ("new" if command == "backup" else "kubejazz.db")
    assert "kubejazz.db" in the_line(kubejazz(command, str(file), "--data-dir", str(tmp_path)))
    missing = the_line(kubejazz(command, str(tmp_path / "none"), "--data-dir", str(tmp_path / "empty")))
    assert "there is no store at" in missing


def test_the_commands_do_not_wait_for_a_paused_server(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    server = start_kubejazz()
    subprocess.run(["kill", "-STOP", str(server.process.pid)], check=True)
    try:
        assert "whole" in done("check", "--data-dir", str(server.data_dir))
        done("backup", str(tmp_path / "b"), "--data-dir", str(server.data_dir))
    finally:
        subprocess.run(["kill", "-CONT", str(server.process.pid)], check=True)
