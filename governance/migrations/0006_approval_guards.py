"""Nobody approves their own work, and nothing unapproved acts: for every role, by any way in.

The checks are triggers rather than constraints where they look at other rows. ENABLE ALWAYS keeps
them on under session_replication_role = replica, as for the ledger.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION governance_stage_digest(process text, stage text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to('stage:' || process || ':' || stage, 'UTF8')), 'hex')
$$;

CREATE FUNCTION governance_is_approved(p text, kinds text[], digests text[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM governance_approval a
        WHERE a.digest = ANY(digests) AND a.kind = ANY(kinds) AND a.state = 'granted'
          AND (a.process_id = p OR a.process_id IS NULL)
          AND a.valid_until > clock_timestamp())
$$;

-- Why version v may not decide alone under contract c of process p now; {} if it may.
CREATE FUNCTION governance_obstacles(p text, v uuid, c uuid) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN EXISTS (
            SELECT 1 FROM governance_halt h
            WHERE h.until IS NULL AND (h.process_id IS NULL OR h.process_id = p))
        THEN 'halted' END,
        CASE WHEN NOT EXISTS (
            SELECT 1 FROM governance_deployment d
            WHERE d.process_id = p AND d.version_id = v AND d.role = 'champion'
              AND d.until IS NULL)
        THEN 'version_not_serving' END,
        CASE WHEN NOT governance_is_approved(p, ARRAY['version'], ARRAY(
            SELECT digest::text FROM governance_modelversion WHERE id = v))
        THEN 'version_not_approved' END,
        CASE WHEN NOT governance_is_approved(p, ARRAY['contract', 'thresholds'], ARRAY(
            SELECT digest::text FROM governance_contract WHERE id = c))
        THEN 'contract_not_approved' END,
        CASE WHEN NOT governance_is_approved(p, ARRAY['stage'], ARRAY(
            SELECT governance_stage_digest(p, s) FROM governance_process q,
                unnest(ARRAY['partial', 'full']) AS s
            WHERE q.slug = p AND (q.stage <> 'full' OR s = 'full')))
        THEN 'stage_not_approved' END
    ], NULL)
$$;

CREATE FUNCTION governance_check_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stages text[] := ARRAY['shadow', 'assisted', 'partial', 'full'];
    before int := 0;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := array_position(stages, OLD.stage::text);
    END IF;
    IF NEW.stage IN ('partial', 'full') AND array_position(stages, NEW.stage::text) > before
       AND NOT governance_is_approved(NEW.slug, ARRAY['stage'], ARRAY(
            SELECT governance_stage_digest(NEW.slug, s) FROM unnest(ARRAY['partial', 'full']) AS s
            WHERE NEW.stage <> 'full' OR s = 'full'))
    THEN
        RAISE EXCEPTION 'stage % of % is not approved', NEW.stage, NEW.slug
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given text[];
    needed text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' OR NEW.granted_at IS NOT NULL THEN
            RAISE EXCEPTION 'an approval begins as a request' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.process_id, NEW.kind, NEW.subject, NEW.digest, NEW.title, NEW.before, NEW.after,
        NEW.risk, NEW.roles, NEW.reason, NEW.requested_by_id, NEW.author_id, NEW.requested_at,
        NEW.closes_at, NEW.valid_days)
       IS DISTINCT FROM
       (OLD.id, OLD.process_id, OLD.kind, OLD.subject, OLD.digest, OLD.title, OLD.before, OLD.after,
        OLD.risk, OLD.roles, OLD.reason, OLD.requested_by_id, OLD.author_id, OLD.requested_at,
        OLD.closes_at, OLD.valid_days)
    THEN
        RAISE EXCEPTION 'what is asked for does not change; ask anew'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = NEW.state
       AND (NEW.granted_at, NEW.valid_until) IS NOT DISTINCT FROM (OLD.granted_at, OLD.valid_until)
    THEN
        RETURN NEW;
    END IF;
    IF OLD.state = 'requested' AND NEW.state = 'granted' THEN
        SELECT array_agg(role::text ORDER BY role) FILTER (WHERE is_yes),
               CASE WHEN bool_and(is_yes) THEN NULL ELSE ARRAY['refused'] END
        INTO given, needed
        FROM governance_signature WHERE approval_id = NEW.id;
        IF needed IS NOT NULL OR given IS DISTINCT FROM
           ARRAY(SELECT unnest(NEW.roles)::text ORDER BY 1)
        THEN
            RAISE EXCEPTION 'this approval lacks signatures' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.valid_until > NEW.granted_at + make_interval(days => NEW.valid_days) THEN
            RAISE EXCEPTION 'this approval would hold for too long'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.granted_at, NEW.valid_until) IS NOT DISTINCT FROM (OLD.granted_at, OLD.valid_until)
       AND ((OLD.state = 'requested' AND NEW.state IN ('refused', 'withdrawn', 'lapsed'))
            OR (OLD.state = 'granted' AND NEW.state IN ('withdrawn', 'lapsed')))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an approval does not go from % to %', OLD.state, NEW.state
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION governance_check_signature() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked governance_approval;
BEGIN
    SELECT * INTO asked FROM governance_approval WHERE id = NEW.approval_id FOR SHARE;
    IF asked.state <> 'requested' OR asked.closes_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'this request is not waiting' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.digest <> asked.digest THEN
        RAISE EXCEPTION 'what was signed is not what is asked for'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.actor_id IN (asked.requested_by_id, asked.author_id)
       OR NEW.principal_id IN (asked.requested_by_id, asked.author_id)
    THEN
        RAISE EXCEPTION 'who asks for an approval or made the thing does not sign it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT NEW.role = ANY(asked.roles) OR NOT EXISTS (
        SELECT 1 FROM governance_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.user_id = NEW.principal_id AND g.name LIKE NEW.role || '@%'
          AND (asked.process_id IS NULL OR g.name = NEW.role || '@' || asked.process_id))
    THEN
        RAISE EXCEPTION 'the signer does not hold the role %', NEW.role
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.actor_id <> NEW.principal_id AND NOT EXISTS (
        SELECT 1 FROM governance_delegation d
        WHERE d.principal_id = NEW.principal_id AND d.delegate_id = NEW.actor_id
          AND d.ended_at IS NULL AND d.since <= clock_timestamp() AND d.until > clock_timestamp())
    THEN
        RAISE EXCEPTION 'nobody let the actor sign in this place'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

DROP_FUNCTIONS = """
DROP FUNCTION governance_check_signature();
DROP FUNCTION governance_check_approval();
DROP FUNCTION governance_check_stage();
DROP FUNCTION governance_obstacles(text, uuid, uuid);
DROP FUNCTION governance_is_approved(text, text[], text[]);
DROP FUNCTION governance_stage_digest(text, text)
"""

TRIGGERS = [
    (
        "stage_is_approved",
        "governance_process",
        "BEFORE INSERT OR UPDATE OF stage",
        "ROW EXECUTE FUNCTION governance_check_stage()",
    ),
    (
        "approval_rules",
        "governance_approval",
        "BEFORE INSERT OR UPDATE",
        "ROW EXECUTE FUNCTION governance_check_approval()",
    ),
    (
        "signature_rules",
        "governance_signature",
        "BEFORE INSERT",
        "ROW EXECUTE FUNCTION governance_check_signature()",
    ),
    *(
        (
            "append_only",
            table,
            "BEFORE UPDATE OR DELETE OR TRUNCATE",
            "STATEMENT EXECUTE FUNCTION governance_refuse_change()",
        )
        for table in ("governance_signature", "governance_evidence", "governance_comment")
    ),
    (
        "kept",
        "governance_approval",
        "BEFORE DELETE OR TRUNCATE",
        "STATEMENT EXECUTE FUNCTION governance_refuse_change()",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_approvals"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {does};"
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
                f"DROP TRIGGER {name} ON {table}",
            )
            for name, table, when, does in TRIGGERS
        ],
    ]
