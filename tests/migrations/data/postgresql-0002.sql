CREATE FUNCTION kubejazz_commit_batch_2(seen bigint, origin text, batch bigint, batch_at double precision, resources text[], namespaces text[], names text[], uids text[], expected bigint[], holes integer[], expirations double precision[], actors text[], contents bytea[], digests bigint[]) RETURNS TABLE(outcome bigint, created bigint, found bigint, newest bigint)
    LANGUAGE plpgsql
    AS $$
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
        RAISE EXCEPTION 'the database is at revision %, but had reached %: it has lost data (kubejazz bump-revision lets it go on beyond all that was served)', base, seen;
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
        SELECT new_rev, CASE WHEN value IS NULL THEN 2 ELSE 1 END, res, ns, name,
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
        PERFORM pg_notify('kubejazz', origin || ' ' || (base + 1) || ' ' || (base + total));
    END IF;
    RETURN QUERY SELECT o, c, f, base + total FROM unnest(outcomes, creations, current_revs) AS u(o, c, f);
END
$$;

CREATE FUNCTION kubejazz_commit_one_1(seen bigint, origin text, batch bigint, batch_at double precision, a_res text, a_ns text, a_name text, a_uid text, expected bigint, a_hole integer, expiration double precision, a_actor text, content bytea, a_digest bigint, OUT outcome bigint, OUT created bigint, OUT replaced bigint, OUT newest bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    kept_uid text := a_uid;
BEGIN
    -- Whoever holds this row gives out revisions; it is held to the end of this statement.
    UPDATE meta SET rev = rev + 1 WHERE id = 1 RETURNING rev INTO STRICT newest;
    IF newest <= seen THEN
        RAISE EXCEPTION 'the database is at revision %, but had reached %: it has lost data (kubejazz bump-revision lets it go on beyond all that was served)', newest - 1, seen;
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
    VALUES (newest, CASE WHEN content IS NULL THEN 2 ELSE 1 END, a_res, a_ns, a_name, kept_uid, created,
        expected, CASE WHEN content IS NULL THEN 0 ELSE a_hole END, batch, a_actor, batch_at, content, a_digest);
    PERFORM pg_notify('kubejazz', origin || ' ' || newest || ' ' || newest);
END
$$;

CREATE FUNCTION kubejazz_compact_1(target bigint) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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
    DELETE FROM log WHERE rev > start AND rev <= target AND op = 2;
    UPDATE meta SET compact_rev = target WHERE id = 1;
    RETURN target;
END
$$;

CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE cur (
    res text NOT NULL COLLATE pg_catalog."C",
    ns text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    uid text NOT NULL,
    create_rev bigint NOT NULL,
    mod_rev bigint NOT NULL,
    expires_at double precision
);

CREATE TABLE log (
    rev bigint NOT NULL,
    op smallint NOT NULL,
    res text NOT NULL COLLATE pg_catalog."C",
    ns text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    uid text NOT NULL,
    create_rev bigint NOT NULL,
    prev_rev bigint NOT NULL,
    hole integer NOT NULL,
    batch_id bigint NOT NULL,
    actor text NOT NULL,
    at double precision NOT NULL,
    value bytea,
    digest bigint
);
ALTER TABLE ONLY log ALTER COLUMN value SET COMPRESSION lz4;

CREATE TABLE meta (
    id integer NOT NULL,
    rev bigint NOT NULL,
    compact_rev bigint NOT NULL,
    store_uuid text NOT NULL,
    CONSTRAINT meta_one_row CHECK ((id = 1))
);

INSERT INTO alembic_version VALUES ('0002');

INSERT INTO cur VALUES ('pods', 'default', 'a', 'uid-default/a', 2, 2, NULL);
INSERT INTO cur VALUES ('pods', 'default', 'b', 'uid-default/b', 3, 5, NULL);
INSERT INTO cur VALUES ('events', '', 'e', 'uid-e', 7, 7, 4000000000);

INSERT INTO log VALUES (2, 1, 'pods', 'default', 'a', 'uid-default/a', 2, 0, 43, 1717183858516436235, 'tester', 1795521430.062163, '\x7b226d65746164617461223a7b226e616d65223a2261222c227265736f7572636556657273696f6e223a22222c226c6162656c73223a7b7d7d2c2274657874223a22227d', 4185101864);
INSERT INTO log VALUES (3, 1, 'pods', 'default', 'b', 'uid-default/b', 3, 0, 43, 1280877347167179223, 'tester', 1795521430.077398, '\x7b226d65746164617461223a7b226e616d65223a2262222c227265736f7572636556657273696f6e223a22222c226c6162656c73223a7b7d7d2c2274657874223a22227d', 281313217);
INSERT INTO log VALUES (4, 1, 'pods', 'default', 'c', 'uid-default/c', 4, 0, 43, 50177878339582808, 'tester', 1795521430.07809, '\x7b226d65746164617461223a7b226e616d65223a2263222c227265736f7572636556657273696f6e223a22222c226c6162656c73223a7b7d7d2c2274657874223a22227d', 902622119);
INSERT INTO log VALUES (5, 1, 'pods', 'default', 'b', 'uid-default/b', 3, 3, 43, 2719496805119758342, 'tester', 1795521430.078517, '\x7b226d65746164617461223a7b226e616d65223a2262222c227265736f7572636556657273696f6e223a22222c226c6162656c73223a7b2278223a2279227d7d2c2274657874223a226368616e676564227d', 2821658658);
INSERT INTO log VALUES (6, 2, 'pods', 'default', 'c', 'uid-default/c', 4, 4, 0, 4396586700897090276, 'tester', 1795521430.079163, NULL, 258461504);
INSERT INTO log VALUES (7, 1, 'events', '', 'e', 'uid-e', 7, 0, 43, 2432256576767842121, 'tester', 1795521430.083097, '\x7b226d65746164617461223a7b226e616d65223a2265222c227265736f7572636556657273696f6e223a22222c226c6162656c73223a7b7d7d2c2274657874223a22227d', 1016841508);

INSERT INTO meta VALUES (1, 7, 1, 'e434bd6b-c3f0-46bd-aaa6-7a53997403bb');

ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY cur
    ADD CONSTRAINT cur_pkey PRIMARY KEY (res, ns, name);

ALTER TABLE ONLY log
    ADD CONSTRAINT log_pkey PRIMARY KEY (rev);

ALTER TABLE ONLY meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (id);

CREATE INDEX cur_expires_at ON cur USING btree (expires_at) WHERE (expires_at IS NOT NULL);
