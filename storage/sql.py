"""Questions asked in the same words of every engine. ``?`` marks are rewritten where a driver wants others."""

from __future__ import annotations

from storage.tables import DELETE, cur, log

META = "SELECT rev, compact_rev, store_uuid FROM meta WHERE id = 1"

LOAD = (
    "SELECT c.res, c.ns, c.name, c.uid, c.create_rev, c.mod_rev, l.hole, l.value, l.actor, l.at, l.digest"
    " FROM cur c LEFT JOIN log l ON l.rev = c.mod_rev ORDER BY c.res, c.ns, c.name"
)

_COLUMNS = (
    "SELECT l.rev, l.op, l.res, l.ns, l.name, l.uid, l.create_rev, l.at, l.hole, {value},"
    " l.prev_rev, coalesce(p.hole, 0), p.value, {digest}, l.actor, p.digest, p.uid, p.actor, p.at FROM "
)
_PREVIOUS = " LEFT JOIN log p ON p.rev = l.prev_rev"
_RANGE = " WHERE l.rev > ? AND l.rev <= ?"
_RESOURCE = " AND l.res = ?"
_NAMESPACE = " AND l.ns = ?"
_ORDER = " ORDER BY l.rev LIMIT ?"

# For whoever has the replaced versions already.
TAIL = (
    "SELECT l.rev, l.op, l.res, l.ns, l.name, l.uid, l.create_rev, l.at, l.hole, l.value, l.prev_rev, 0, NULL"
    " FROM log l" + _RANGE + _ORDER
)

_CHANGES = _COLUMNS.format(value="l.value", digest="l.digest") + "log l" + _PREVIOUS + _RANGE
CHANGES = _CHANGES + _ORDER
CHANGES_OF_RESOURCE = _CHANGES + _RESOURCE + _ORDER
CHANGES_OF_NAMESPACE = _CHANGES + _RESOURCE + _NAMESPACE + _ORDER

# Values are read only when asked for: a story of a whole cluster without them is cheap.
STORY = (
    "SELECT l.rev, l.op, l.res, l.ns, l.name, l.uid, l.create_rev, l.at, l.hole, {value},"
    " l.prev_rev, coalesce(p.hole, 0), {previous}, l.actor FROM log l" + _PREVIOUS + _RANGE
)
NAMED = " AND l.name = ?"
SINCE = " AND l.at >= ?"
NAMESPACE = _NAMESPACE
ORDER = _ORDER
RESOURCES = "SELECT DISTINCT res FROM log"

DUMP_LOG = f"SELECT {', '.join(log.columns.keys())} FROM log ORDER BY rev"
DUMP_CURRENT = f"SELECT {', '.join(cur.columns.keys())} FROM cur"

_FIRST_OF_EACH_KEY = (
    "(SELECT min(l.rev) AS rev FROM log l" + _RANGE + _RESOURCE + "{namespace} GROUP BY l.ns, l.name) f"
)
_UNDO = _COLUMNS.format(value="NULL", digest="NULL") + _FIRST_OF_EACH_KEY + " JOIN log l ON l.rev = f.rev" + _PREVIOUS
UNDO_OF_RESOURCE = _UNDO.format(namespace="")
UNDO_OF_NAMESPACE = _UNDO.format(namespace=_NAMESPACE)

EXPIRED = "SELECT res, ns, name, mod_rev FROM cur WHERE expires_at <= ? ORDER BY expires_at LIMIT ?"

TIME = "SELECT rev, at FROM log WHERE rev >= ? ORDER BY rev LIMIT 1"

# A row is replaced exactly when a later one names it as its predecessor, so no index on keys is needed.
FORGET_REPLACED = "DELETE FROM log WHERE rev IN (SELECT prev_rev FROM log WHERE rev > ? AND rev <= ? AND prev_rev > 0)"
FORGET_TOMBSTONES = f"DELETE FROM log WHERE rev > ? AND rev <= ? AND op = {DELETE}"
JUMP = "UPDATE meta SET rev = ?, compact_rev = ? WHERE id = 1 AND rev < ?"
SET_COMPACTED = "UPDATE meta SET compact_rev = ? WHERE id = 1"
