"""The PL/pgSQL functions: a batch is compared and written in one statement, so that the lock on the revision is never
held while a client is on its way.

A function's name carries its version. A change makes a new one, so that servers of two versions can share a database.
"""

from __future__ import annotations

from storage.seen import lost_data
from storage.tables import DELETE, PUT

CHANNEL = "kubejazz"

# RAISE marks what it fills in with %, and the driver takes two for one.
LOST_DATA = lost_data("%%", "%%")

COMMIT_BATCH = f"""
CREATE OR REPLACE FUNCTION kubejazz_commit_batch_2(
    seen bigint, origin text, batch bigint, batch_at float8,
    resources text[], namespaces text[], names text[], uids text[], expected bigint[], holes int[],
    expirations float8[], actors text[], contents bytea[], digests bigint[]
) RETURNS TABLE (outcome bigint, created bigint, found bigint, newest bigint)
LANGUAGE plpgsql AS $$
DECLARE
    base bigint;
    total bigint;
    outcomes bigint[];
    creations bigint[];
    current_revs bigint[];
BEGIN
    -- Whoever holds this row gives out revisions; it is held to the end of this statement.
    SELECT rev INTO STRICT base FROM meta WHERE id = 1 FOR UPDATE;
    IF base < seen THEN
        RAISE EXCEPTION '{LOST_DATA}', base, seen;
    END IF;
    WITH input AS (
        SELECT * FROM unnest(
            resources, namespaces, names, uids, expected, holes, expirations, actors, contents, digests
        ) WITH ORDINALITY AS i(res, ns, name, uid, expect, hole, expires_at, actor, value, digest, n)
    ), judged AS (
        SELECT i.*, coalesce(c.mod_rev, 0) AS current_rev, c.create_rev, c.uid AS old_uid
        FROM input i LEFT JOIN cur c ON c.res = i.res AND c.ns = i.ns AND c.name = i.name
    ), won AS (
        SELECT j.*, base + row_number() OVER (ORDER BY n) AS new_rev FROM judged j WHERE current_rev = expect
    ), put AS (
        INSERT INTO cur AS c (res, ns, name, uid, create_rev, mod_rev, expires_at)
        SELECT res, ns, name, uid, new_rev, new_rev, expires_at FROM won WHERE value IS NOT NULL
        ON CONFLICT (res, ns, name) DO UPDATE
        SET uid = excluded.uid, mod_rev = excluded.mod_rev, expires_at = excluded.expires_at
    ), removed AS (
        DELETE FROM cur c USING won w
        WHERE w.value IS NULL AND c.res = w.res AND c.ns = w.ns AND c.name = w.name
    ), logged AS (
        INSERT INTO log (rev, op, res, ns, name, uid, create_rev, prev_rev, hole, batch_id, actor, at, value, digest)
        SELECT new_rev, CASE WHEN value IS NULL THEN {DELETE} ELSE {PUT} END, res, ns, name,
            CASE WHEN value IS NULL THEN old_uid ELSE uid END, coalesce(create_rev, new_rev), current_rev,
            CASE WHEN value IS NULL THEN 0 ELSE hole END, batch, actor, batch_at, value, digest
        FROM won
    )
    SELECT array_agg(coalesce(w.new_rev, 0) ORDER BY j.n), array_agg(coalesce(j.create_rev, w.new_rev, 0) ORDER BY j.n),
        array_agg(j.current_rev ORDER BY j.n), count(w.new_rev)
    INTO outcomes, creations, current_revs, total
    FROM judged j LEFT JOIN won w ON w.n = j.n;
    IF total > 0 THEN
        UPDATE meta SET rev = base + total WHERE id = 1;
        PERFORM pg_notify('{CHANNEL}', origin || ' ' || (base + 1) || ' ' || (base + total));
    END IF;
    RETURN QUERY SELECT o, c, f, base + total FROM unnest(outcomes, creations, current_revs) AS u(o, c, f);
END
$$
"""

CALL_COMMIT_BATCH = (
    "SELECT * FROM kubejazz_commit_batch_2(%b, %b, %b, %b, %b::text[], %b::text[], %b::text[], %b::text[],"
    " %b::bigint[], %b::int[], %b::float8[], %b::text[], %b::bytea[], %b::bigint[])"
)

# The same for a batch of one, which a quiet server's mostly are: no plan has to be set up for it.
COMMIT_ONE = f"""
CREATE OR REPLACE FUNCTION kubejazz_commit_one_1(
    seen bigint, origin text, batch bigint, batch_at float8,
    a_res text, a_ns text, a_name text, a_uid text, expected bigint, a_hole int,
    expiration float8, a_actor text, content bytea, a_digest bigint,
    OUT outcome bigint, OUT created bigint, OUT replaced bigint, OUT newest bigint
)
LANGUAGE plpgsql AS $$
DECLARE
    kept_uid text := a_uid;
BEGIN
    -- Whoever holds this row gives out revisions; it is held to the end of this statement.
    UPDATE meta SET rev = rev + 1 WHERE id = 1 RETURNING rev INTO STRICT newest;
    IF newest <= seen THEN
        RAISE EXCEPTION '{LOST_DATA}', newest - 1, seen;
    END IF;
    outcome := newest;
    replaced := expected;
    IF content IS NULL THEN
        DELETE FROM cur WHERE res = a_res AND ns = a_ns AND name = a_name AND mod_rev = expected
        RETURNING create_rev, uid INTO created, kept_uid;
    ELSIF expected = 0 THEN
        INSERT INTO cur (res, ns, name, uid, create_rev, mod_rev, expires_at)
        VALUES (a_res, a_ns, a_name, a_uid, newest, newest, expiration)
        ON CONFLICT DO NOTHING RETURNING create_rev INTO created;
    ELSE
        UPDATE cur SET uid = a_uid, mod_rev = newest, expires_at = expiration
        WHERE res = a_res AND ns = a_ns AND name = a_name AND mod_rev = expected
        RETURNING create_rev INTO created;
    END IF;
    IF created IS NULL THEN
        -- It has lost, and nobody has seen its revision.
        UPDATE meta SET rev = rev - 1 WHERE id = 1 RETURNING rev INTO STRICT newest;
        outcome := 0;
        created := 0;
        replaced := coalesce((SELECT mod_rev FROM cur WHERE res = a_res AND ns = a_ns AND name = a_name), 0);
        RETURN;
    END IF;
    INSERT INTO log (rev, op, res, ns, name, uid, create_rev, prev_rev, hole, batch_id, actor, at, value, digest)
    VALUES (newest, CASE WHEN content IS NULL THEN {DELETE} ELSE {PUT} END, a_res, a_ns, a_name, kept_uid, created,
        expected, CASE WHEN content IS NULL THEN 0 ELSE a_hole END, batch, a_actor, batch_at, content, a_digest);
    PERFORM pg_notify('{CHANNEL}', origin || ' ' || newest || ' ' || newest);
END
$$
"""

CALL_COMMIT_ONE = "SELECT * FROM kubejazz_commit_one_1(%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)"

COMPACT = f"""
CREATE OR REPLACE FUNCTION kubejazz_compact_1(target bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    start bigint;
BEGIN
    SELECT compact_rev INTO STRICT start FROM meta WHERE id = 1;
    -- One process compacts at a time; the others have no need to wait.
    IF start >= target OR NOT pg_try_advisory_xact_lock(hashtext('kubejazz compaction')) THEN
        RETURN start;
    END IF;
    SELECT compact_rev INTO STRICT start FROM meta WHERE id = 1;
    IF start >= target THEN
        RETURN start;
    END IF;
    DELETE FROM log WHERE rev IN (SELECT prev_rev FROM log WHERE rev > start AND rev <= target AND prev_rev > 0);
    DELETE FROM log WHERE rev > start AND rev <= target AND op = {DELETE};
    UPDATE meta SET compact_rev = target WHERE id = 1;
    RETURN target;
END
$$
"""

CALL_COMPACT = "SELECT kubejazz_compact_1(%s)"

FUNCTIONS = {
    "kubejazz_commit_batch_2(bigint,text,bigint,float8,text[],text[],text[],text[],bigint[],int[],float8[],text[],bytea[]"
    ",bigint[])": COMMIT_BATCH,
    "kubejazz_commit_one_1(bigint,text,bigint,float8,text,text,text,text,bigint,int,float8,text,bytea"
    ",bigint)": COMMIT_ONE,
    "kubejazz_compact_1(bigint)": COMPACT,
}
"""By signature, as ``to_regprocedure`` knows them."""
