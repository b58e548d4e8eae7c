"""What protects the server and what it keeps, made of ``kubejazz.protection_flags``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.clock import REAL_CLOCK
from server.audit.audit import Auditor, make_auditor
from server.audit.sink import LogOptions
from server.encryption.reload import EncryptionFile
from server.flowcontrol.overload import Overload

Flags = Mapping[str, Any]


def auditor(flags: Flags) -> Auditor | None:
    """Raises PolicyError."""
    options = LogOptions(
        path=flags["audit_log_path"],
        mode=flags["audit_log_mode"],
        max_age=flags["audit_log_maxage"],
        max_backups=flags["audit_log_maxbackup"],
        max_size=flags["audit_log_maxsize"],
        compress=flags["audit_log_compress"],
    )
    return make_auditor(flags["audit_policy_file"], options if options.path else None, REAL_CLOCK)


def encryption(flags: Flags) -> EncryptionFile | None:
    """Raises EncryptionConfigError."""
    path = flags["encryption_provider_config"]
    return EncryptionFile(path, automatic=flags["encryption_provider_config_automatic_reload"]) if path else None


def overload(flags: Flags) -> Overload:
    return Overload(
        fairness=flags["enable_priority_and_fairness"],
        reads=flags["max_requests_inflight"],
        writes=flags["max_mutating_requests_inflight"],
        request_timeout=flags["request_timeout"],
    )
