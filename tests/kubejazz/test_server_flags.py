"""The API server's options that are kube-apiserver's too: audit and encryption, from the command line to the files."""

from __future__ import annotations

import argparse
import base64
from pathlib import Path

import orjson
import pytest

from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.server_flags import add_server_flags, server_arguments, server_values
from tests.kubejazz.processes import kubejazz

_POLICY = (
    "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: RequestResponse\n  resources: [{resources: ['*']}]\n"
)
_KEY = base64.b64encode(b"k" * 32).decode()
_ENCRYPTION = f"""
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers: [{{aesgcm: {{keys: [{{name: one, secret: {_KEY}}}]}}}}]
"""


def test_audit_and_encryption_do_what_they_are_told(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    policy, config = tmp_path / "policy.yaml", tmp_path / "encryption.yaml"
    policy.write_text(_POLICY)
    config.write_text(_ENCRYPTION)
    server = start_kubejazz(
        data_dir=tmp_path / "data",
        audit_policy_file=policy,
        audit_log_path=tmp_path / "audit.log",
        audit_log_mode="batch",
        encryption_provider_config=config,
    )
    server.kubectl("create", "secret", "generic", "db", "--from-literal=password=hunter2")
    assert server.kubectl("get", "secret", "db", "-o", "jsonpath={.data.password}") == "aHVudGVyMg=="
    data = ("--data-dir", str(server.data_dir))
    backup = tmp_path / "backup.db"
    assert kubejazz("backup", str(backup), *data).returncode == 0
    assert b"aHVudGVyMg==" not in backup.read_bytes()
    assert " encrypted, looked at by their digests): whole" in kubejazz("check", str(backup)).stdout
    closed = kubejazz("log", "secret/db", "--diff", *data).stdout
    assert "encrypted at rest" in closed
    assert "password" not in closed
    opened = kubejazz("log", "secret/db", "--diff", "--encryption-provider-config", str(config), *data).stdout
    assert "+ data.password" in opened
    server.stop()
    events = [orjson.loads(line) for line in (tmp_path / "audit.log").read_bytes().splitlines()]
    created = [event for event in events if event["verb"] == "create" and event["objectRef"]["resource"] == "secrets"]
    assert created[-1]["user"]["username"]
    assert created[-1]["sourceIPs"] == ["127.0.0.1"]
    assert b"aHVudGVyMg" not in (tmp_path / "audit.log").read_bytes()


@pytest.mark.parametrize(
    ("flag", "text", "message"),
    [
        ("--audit-policy-file", "kind: Pod", "loading audit policy file: unknown group version field"),
        ("--encryption-provider-config", "kind: Pod", "error decoding encryption provider configuration file"),
    ],
)
def test_a_file_that_cannot_be_used_keeps_the_server_from_starting(
    tmp_path: Path, flag: str, text: str, message: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    done = kubejazz("serve", "--port", "0", "--data-dir", str(tmp_path / "data"), flag, str(path))
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_server_flags(parser)
    return parser.parse_args(arguments)


def test_what_was_given_is_passed_on_and_read() -> None:
    options = parsed("--audit-log-path=-", "--audit-log-maxsize", "5")
    assert {"--audit-log-path=-", "--audit-log-maxsize=5"} <= set(server_arguments(options))
    values = server_values(options)
    assert (values["audit_log_path"], values["audit_log_maxsize"], values["audit_policy_file"]) == ("-", 5, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--audit-log-mode", "sometimes"),
        ("--audit-log-maxage", "-1"),
        ("--encryption-provider-config-automatic-reload", "perhaps"),
    ],
)
def test_nonsense_is_refused(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(*arguments)
    assert arguments[1] in capsys.readouterr().err
