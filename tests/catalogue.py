"""What a database is made of, as PostgreSQL's own catalogue says it: for comparing two of them."""

from django.db import connection

# Of the schema alone, and without what an extension brought along.
_OURS = """
    {0}.{1}namespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT 1 FROM pg_depend e WHERE e.objid = {0}.oid AND e.deptype = 'e')
"""
_RELATION = _OURS.format("c", "rel")

_QUERIES = {
    "extensions": "SELECT extname, extversion, extnamespace::regnamespace FROM pg_extension",
    "schemas": """
        SELECT nspname, pg_get_userbyid(nspowner), nspacl::text FROM pg_namespace
        WHERE nspname !~ '^pg_'
    """,
    "default rights": """
        SELECT pg_get_userbyid(defaclrole), defaclnamespace::regnamespace, defaclobjtype::text,
               defaclacl::text
        FROM pg_default_acl
    """,
    "relations": f"""
        SELECT c.relname, c.relkind::text, c.relpersistence::text, pg_get_userbyid(c.relowner),
               ARRAY(SELECT unnest(c.relacl)::text ORDER BY 1), c.reloptions, c.relrowsecurity,
               c.relforcerowsecurity, c.relreplident::text, obj_description(c.oid, 'pg_class'),
               CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
        FROM pg_class c WHERE {_RELATION}
    """,
    "columns": f"""
        SELECT c.relname, a.attname,
               row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) AS position,
               format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
               a.attidentity::text, a.attgenerated::text, a.attcollation::regcollation::text,
               a.attstorage::text, a.attcompression::text, a.attstattarget, a.attoptions,
               a.attacl::text, col_description(c.oid, a.attnum)
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND {_RELATION}
    """,
    "constraints": f"""
        SELECT c.relname, k.conname, k.contype::text, pg_get_constraintdef(k.oid),
               k.condeferrable, k.condeferred, k.convalidated, k.connoinherit,
               obj_description(k.oid, 'pg_constraint')
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE {_RELATION}
    """,
    "indexes": f"""
        SELECT pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisunique, i.indisprimary,
               i.indimmediate, i.indisclustered, i.indisreplident, i.indnullsnotdistinct
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE {_RELATION}
    """,
    "sequences": f"""
        SELECT c.relname, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
               s.seqcache, s.seqcycle, d.refobjid::regclass::text, d.refobjsubid, d.deptype::text
        FROM pg_sequence s
        JOIN pg_class c ON c.oid = s.seqrelid
        LEFT JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
        WHERE {_RELATION}
    """,
    "functions": f"""
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), pg_get_userbyid(p.proowner),
               p.proacl::text, obj_description(p.oid, 'pg_proc')
        FROM pg_proc p WHERE p.prokind <> 'a' AND {_OURS.format("p", "pro")}
    """,
    "triggers": f"""
        SELECT pg_get_triggerdef(t.oid), t.tgenabled::text, obj_description(t.oid, 'pg_trigger')
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND {_RELATION}
    """,
    "foreign keys' triggers": f"""
        SELECT c.relname, k.conname, t.tgfoid::regproc::text, t.tgenabled::text, t.tgdeferrable,
               t.tginitdeferred
        FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_constraint k ON k.oid = t.tgconstraint
        WHERE t.tgisinternal AND {_RELATION}
    """,
    "types": f"""
        SELECT y.typname, y.typtype::text, y.typacl::text,
               ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = y.oid
                     ORDER BY enumsortorder)
        FROM pg_type y WHERE y.typelem = 0 AND y.typrelid = 0 AND {_OURS.format("y", "typ")}
    """,
    "policies": "SELECT * FROM pg_policies",
    "rules": "SELECT * FROM pg_rules WHERE schemaname = 'public'",
    "statistics": "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
    "event triggers": "SELECT evtname, evtevent, evtenabled::text FROM pg_event_trigger",
    "publications": "SELECT pubname, puballtables FROM pg_publication",
}


def catalogue() -> dict[str, list[str]]:
    """Of the database that is connected to: each kind of thing with what there is of it, sorted.

    Columns count in the order that they have now, whether or not others were dropped between them.
    """
    found = {}
    with connection.cursor() as cursor:
        for kind, query in _QUERIES.items():
            cursor.execute(query)
            found[kind] = sorted(str(row) for row in cursor.fetchall())
    return found


def differences(found: dict[str, list[str]], wanted: dict[str, list[str]]) -> list[str]:
    """What one of two catalogues has alone or otherwise, a line each."""
    return [
        f"{kind} {sign} {line}"
        for kind in wanted
        for sign, one, other in (("+", found, wanted), ("-", wanted, found))
        for line in one[kind]
        if line not in other[kind]
    ]


def rows() -> dict[str, int]:
    """How many rows each table holds, except the list of migrations."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = cursor.fetchone()[0]
    del counts["django_migrations"]
    return counts
