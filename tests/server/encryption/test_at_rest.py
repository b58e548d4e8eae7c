"""Secrets at rest, seen from both sides: the API shows them, the database's file does not."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from server.encryption.reload import EncryptionFile
from storage.errors import StoreSealed
from tests.server.harness import Server, config_map

SECRETS = "/api/v1/namespaces/default/secrets"
WORD = "hunter2-the-word-nobody-may-read"
WORD64 = base64.b64encode(WORD.encode()).decode()
IDENTITY = "identity: {}"
_FILES = ("", "-wal", "-shm")


def aesgcm(*names: str) -> str:
    keys = [f"{{name: {name}, secret: {base64.b64encode(name[0].encode() * 32).decode()}}}" for name in names]
    return f"aesgcm: {{keys: [{', '.join(keys)}]}}"


class Vault:
    """A configuration, a database, and the server on it."""

    def __init__(self, folder: Path) -> None:
        self._config = folder / "encryption.yaml"
        self._database = folder / "state.db"
        self._server: Server | None = None
        self.clock = FakeClock()

    def configure(self, *providers: str) -> None:
        listed = "".join(f"\n  - {provider}" for provider in providers)
        self._config.write_text(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
            f"resources:\n- resources: [secrets]\n  providers:{listed}\n"
        )

    def serve(self, *providers: str) -> Server:
        """With that configuration; without any if there are no providers."""
        self.stop()
        encryption = None
        if providers:
            self.configure(*providers)
            encryption = EncryptionFile(self._config)
        self.file = encryption
        self._server = Server(self._database, self.clock, encryption=encryption)
        return self._server

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def raw(self) -> bytes:
        """Everything the database has written to disk so far."""
        paths = (self._database.with_name(self._database.name + end) for end in _FILES)
        return b"".join(path.read_bytes() for path in paths if path.exists())

    def rows(self) -> list[bytes]:
        """Every version of secrets in the log."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT value FROM log WHERE res = 'secrets' AND value IS NOT NULL ORDER BY rev")
            return [row[0] for row in rows]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = Vault(tmp_path)
    yield vault
    vault.stop()


def secret(name: str = "db", word: str = WORD) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"password": word}}


def test_the_api_shows_what_the_database_does_not(vault: Vault) -> None:
    server = vault.serve(aesgcm("one"))
    created = server.post(SECRETS, secret())
    server.patch(f"{SECRETS}/db", {"metadata": {"labels": {"a": "b"}}})
    assert server.get(f"{SECRETS}/db").json["data"] == created.json["data"] == {"password": WORD64}
    assert [item["data"] for item in server.get(SECRETS, labelSelector="a=b").json["items"]] == [{"password": WORD64}]
    assert all(row.startswith(b"k8s:enc:aesgcm:v1:one:") for row in vault.rows())
    assert len(vault.rows()) == 2
    assert WORD64.encode() not in vault.raw()
    assert WORD.encode() not in vault.raw()


def test_other_resources_are_stored_as_they_are(vault: Vault) -> None:
    server = vault.serve(aesgcm("one"))
    server.post("/api/v1/namespaces/default/configmaps", config_map("c", {"word": WORD}))
    assert WORD.encode() in vault.raw()


def test_a_restart_reads_what_was_sealed(vault: Vault) -> None:
    before = vault.serve(aesgcm("one")).post(SECRETS, secret()).json
    assert vault.serve(aesgcm("one")).get(f"{SECRETS}/db").json == before


def test_history_in_the_log_is_opened_for_watches_and_exact_lists(vault: Vault) -> None:
    server = vault.serve(aesgcm("one"))
    created = server.post(SECRETS, secret()).json
    changed = server.patch(f"{SECRETS}/db", {"stringData": {"password": "x"}}).json
    server = vault.serve(aesgcm("one"))
    version = created["metadata"]["resourceVersion"]
    listed = server.get(SECRETS, resourceVersion=version, resourceVersionMatch="Exact").json
    assert [item["data"]["password"] for item in listed["items"]] == [WORD64]
    stream = server.stream(SECRETS, watch="true", resourceVersion=str(int(version) - 1))
    assert [event["object"]["metadata"]["resourceVersion"] for event in stream.take(2)] == [
        version,
        changed["metadata"]["resourceVersion"],
    ]
    stream.close()


def test_a_write_that_changes_nothing_is_stored_again_once_its_key_is_old(vault: Vault) -> None:
    first = vault.serve(aesgcm("one")).post(SECRETS, secret()).json
    server = vault.serve(aesgcm("two", "one"))
    renewed = server.put(f"{SECRETS}/db", server.get(f"{SECRETS}/db").json).json
    again = server.put(f"{SECRETS}/db", renewed).json
    versions = [one["metadata"]["resourceVersion"] for one in (first, renewed, again)]
    assert versions[0] != versions[1] == versions[2]
    assert [row[:22] for row in vault.rows()] == [b"k8s:enc:aesgcm:v1:one:", b"k8s:enc:aesgcm:v1:two:"]
    assert renewed["data"] == first["data"]


def test_what_was_plain_is_sealed_by_writing_it_again(vault: Vault) -> None:
    vault.serve().post(SECRETS, secret())
    server = vault.serve(aesgcm("one"), IDENTITY)
    for item in server.get(SECRETS).json["items"]:
        assert (
            server.put(f"{SECRETS}/{item['metadata']['name']}", {"kind": "Secret", "apiVersion": "v1", **item}).status
            == 200
        )
    assert [row[:22] for row in vault.rows()][-1] == b"k8s:enc:aesgcm:v1:one:"
    assert vault.serve(aesgcm("one")).get(f"{SECRETS}/db").json["data"] == {"password": WORD64}


def test_encryption_is_undone_by_writing_again_with_identity_in_front(vault: Vault) -> None:
    vault.serve(aesgcm("one")).post(SECRETS, secret())
    server = vault.serve(IDENTITY, aesgcm("one"))
    server.put(f"{SECRETS}/db", server.get(f"{SECRETS}/db").json)
    assert vault.serve().get(f"{SECRETS}/db").json["data"] == {"password": WORD64}


@pytest.mark.parametrize("providers", [(), (aesgcm("two"), IDENTITY), (aesgcm("other"),)])
def test_a_server_without_the_key_does_not_start_and_harms_nothing(vault: Vault, providers: tuple[str, ...]) -> None:
    vault.serve(aesgcm("one")).post(SECRETS, secret())
    before = vault.rows()
    with pytest.raises(StoreSealed) as caught:
        vault.serve(*providers)
    assert 'unable to transform key "/registry/secrets/default/db"' in str(caught.value)
    assert vault.rows() == before
    assert vault.serve(aesgcm("one")).get(f"{SECRETS}/db").status == 200


def test_history_whose_key_is_gone_counts_as_forgotten(vault: Vault) -> None:
    server = vault.serve(aesgcm("one"))
    version = server.post(SECRETS, secret()).json["metadata"]["resourceVersion"]
    server.patch(f"{SECRETS}/db", {"stringData": {"password": "x"}})
    server = vault.serve(aesgcm("two", "one"))
    server.put(f"{SECRETS}/db", server.get(f"{SECRETS}/db").json)
    server = vault.serve(aesgcm("two"))
    assert server.get(f"{SECRETS}/db").status == 200
    assert server.get(SECRETS, resourceVersion=version, resourceVersionMatch="Exact").status == 410
    event = server.stream(SECRETS, watch="true", resourceVersion=version).next()
    assert event is not None
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)


def test_a_changed_file_is_taken_up_and_makes_old_values_stale(vault: Vault, caplog: pytest.LogCaptureFixture) -> None:
    server = vault.serve(aesgcm("one"))
    created = server.post(SECRETS, secret()).json
    assert vault.file is not None
    vault.configure("aesgcm: {}")
    server.run(vault.file.refresh())
    assert "the encryption configuration stays as it was" in caplog.text
    server.put(f"{SECRETS}/db", created)
    assert len(vault.rows()) == 1
    vault.configure(aesgcm("two", "one"))
    server.run(vault.file.refresh())
    server.put(f"{SECRETS}/db", created)
    assert vault.rows()[-1].startswith(b"k8s:enc:aesgcm:v1:two:")


def test_the_file_is_looked_at_again_and_again_when_that_is_wished(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.encryption.reload.PERIOD", 0.01)
    vault.configure(aesgcm("one"))
    file = EncryptionFile(tmp_path / "encryption.yaml", automatic=True)
    form = file.sealer.form("secrets")
    with Server(tmp_path / "other.db", encryption=file) as server:
        vault.configure(aesgcm("two"))

        async def changed() -> None:
            while file.sealer.form("secrets") == form:
                await asyncio.sleep(0.005)

        server.run(changed())


def test_a_dry_run_stores_nothing_even_if_the_key_is_old(vault: Vault) -> None:
    created = vault.serve(aesgcm("one")).post(SECRETS, secret()).json
    server = vault.serve(aesgcm("two", "one"))
    assert server.put(f"{SECRETS}/db?dryRun=All", created).json == created
    assert len(vault.rows()) == 1


def test_a_deleted_and_created_secret_is_not_taken_for_stale(vault: Vault) -> None:
    server = vault.serve(aesgcm("one"))
    server.post(SECRETS, secret())
    server.delete(f"{SECRETS}/db")
    server.post(SECRETS, secret())
    server.put(f"{SECRETS}/db", server.get(f"{SECRETS}/db").json)
    assert len(vault.rows()) == 2
    assert list(server.server.store._sealed._forms.values()).count(vault.file.sealer.form("secrets")) == 1  # type: ignore[union-attr]
