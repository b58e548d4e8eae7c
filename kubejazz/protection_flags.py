"""Options that protect the server and what it keeps, by kube-apiserver's names: audit, encryption, overload."""

from __future__ import annotations

from kubejazz.access_flags import seconds
from kubejazz.flag import Flag, one_of, optional_path, switch
from kubejazz.options import count

AUDIT_MODES = ("batch", "blocking", "blocking-strict")
"""Those of ``server.audit.sink``, which is not loaded for this: ``up`` does not need the server."""

AUDIT_FLAGS = (
    Flag("--audit-policy-file", "the audit policy (audit.k8s.io/v1): what to tell", read=optional_path, metavar="FILE"),
    Flag("--audit-log-path", "where to write audit events as JSON lines; - is the standard output", metavar="FILE"),
    Flag(
        "--audit-log-mode",
        f"whether answers wait until their events are written: {', '.join(AUDIT_MODES)}",
        "blocking",
        one_of(*AUDIT_MODES),
        "MODE",
    ),
    Flag("--audit-log-maxage", "days to keep old audit logs; 0: for good", "366", count, "DAYS"),
    Flag("--audit-log-maxbackup", "the number of old audit logs to keep; 0: all", "100", count, "N"),
    Flag("--audit-log-maxsize", "megabytes after which a new audit log is begun; 0: never", "100", count, "MB"),
    Flag("--audit-log-compress", "whether old audit logs are compressed: true or false", "false", switch, "BOOL"),
)

ENCRYPTION_FLAGS = (
    Flag(
        "--encryption-provider-config",
        "which resources to encrypt in the database, with which keys (EncryptionConfiguration)",
        read=optional_path,
        metavar="FILE",
    ),
    Flag(
        "--encryption-provider-config-automatic-reload",
        "whether to take up changes of that file while running: true or false",
        "false",
        switch,
        "BOOL",
    ),
)

OVERLOAD_FLAGS = (
    Flag(
        "--enable-priority-and-fairness",
        "whether requests beyond what can be served wait in fair order: true or false",
        "true",
        switch,
        "BOOL",
    ),
    Flag(
        "--max-requests-inflight",
        "reads that may be under way at once; with priority and fairness, seats to be shared out",
        "40",
        count,
        "N",
    ),
    Flag("--max-mutating-requests-inflight", "the same for writes; the two are added", "20", count, "N"),
    Flag("--request-timeout", "how long a request may take, watches and the like aside", "60s", seconds, "DURATION"),
)

PROTECTION_FLAGS = (*AUDIT_FLAGS, *ENCRYPTION_FLAGS, *OVERLOAD_FLAGS)
