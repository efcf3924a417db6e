"""Nobody approves their own work, and nothing unapproved acts: for every role, by any way in.

The checks are triggers rather than constraints where they look at other rows. An author is known
from the record and not only from who asks; risk, and the signatures that follow from it, come from
the contract; what has ended or is in force does not change any more. A model that was stepped down
while it answered does not act, whatever approvals there are.
"""

from governance.migrations.squashing import APPEND_ONLY, KEPT, Trigger, guard

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
            SELECT 1 FROM governance_process q
            WHERE q.slug = p AND q.stage IN ('partial', 'full'))
        THEN 'stage_not_acting' END,
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

CREATE FUNCTION governance_roles_needed(kind text, risk text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN risk <> 'high' THEN ARRAY['compliance_officer']
        WHEN kind = 'version' THEN ARRAY['compliance_officer', 'process_owner']
        ELSE ARRAY['compliance_officer', 'compliance_officer'] END
$$;

CREATE FUNCTION governance_check_request(asked governance_approval) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    risk text;
BEGIN
    IF asked.state <> 'requested' OR asked.granted_at IS NOT NULL
       OR asked.valid_until IS NOT NULL OR asked.ended_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'an approval begins as a request' USING ERRCODE = 'restrict_violation';
    END IF;
    IF asked.valid_days NOT BETWEEN 1 AND 366 THEN
        RAISE EXCEPTION 'an approval holds for a year at most' USING ERRCODE = 'restrict_violation';
    END IF;
    IF asked.kind NOT IN ('version', 'contract', 'thresholds', 'stage') THEN
        RETURN;
    END IF;
    SELECT c.body ->> 'risk' INTO risk FROM governance_contract c
    WHERE c.process_id = asked.process_id AND CASE
        WHEN asked.kind IN ('contract', 'thresholds') THEN c.digest = asked.digest
        ELSE c.id = (SELECT contract_id FROM governance_process WHERE slug = asked.process_id) END
    LIMIT 1;
    IF asked.process_id IS NULL OR asked.risk <> coalesce(risk, 'high')
       OR asked.roles::text[] <> governance_roles_needed(asked.kind, asked.risk)
    THEN
        RAISE EXCEPTION 'a request needs the signatures of its kind and risk'
            USING ERRCODE = 'restrict_violation';
    END IF;
END
$$;

CREATE FUNCTION governance_check_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    soon timestamptz := clock_timestamp() + interval '5 minutes';  -- for clocks that differ
    given text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM governance_check_request(NEW);
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
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    IF OLD.state = 'requested' AND NEW.state = 'granted' THEN
        SELECT array_agg(role::text ORDER BY role) INTO given
        FROM governance_signature WHERE approval_id = NEW.id AND is_yes;
        IF given IS DISTINCT FROM ARRAY(SELECT unnest(NEW.roles)::text ORDER BY 1)
           OR EXISTS (
            SELECT 1 FROM governance_signature WHERE approval_id = NEW.id AND NOT is_yes)
        THEN
            RAISE EXCEPTION 'this approval lacks signatures' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.granted_at NOT BETWEEN OLD.requested_at AND soon OR NEW.ended_at IS NOT NULL
           OR NEW.valid_until > NEW.granted_at + make_interval(days => NEW.valid_days)
        THEN
            RAISE EXCEPTION 'this approval would hold for too long'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.granted_at, NEW.valid_until) IS NOT DISTINCT FROM (OLD.granted_at, OLD.valid_until)
       AND OLD.ended_at IS NULL AND NEW.ended_at BETWEEN OLD.requested_at AND soon
       AND (CASE NEW.state
           WHEN 'withdrawn' THEN OLD.state IN ('requested', 'granted')
           WHEN 'lapsed' THEN (OLD.state = 'requested' AND OLD.closes_at <= soon)
                OR (OLD.state = 'granted' AND OLD.valid_until <= soon)
           WHEN 'refused' THEN OLD.state = 'requested' AND EXISTS (
                SELECT 1 FROM governance_signature WHERE approval_id = NEW.id AND NOT is_yes)
           ELSE false END)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an approval does not go from % to % this way', OLD.state, NEW.state
        USING ERRCODE = 'restrict_violation';
END
$$;

-- Who made what has this digest, as the record knows it: "user:<uuid>" and such.
CREATE FUNCTION governance_makers(p text, of_kind text, of_digest text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT c.applied_by::text FROM governance_contract c
        WHERE of_kind IN ('contract', 'thresholds') AND c.process_id = p
          AND c.digest = of_digest
        UNION
        SELECT e.actor::text FROM governance_entry e
        WHERE of_kind = 'version' AND e.process = p AND e.kind = 'model.version_registered'
          AND e.data ->> 'digest' = of_digest)
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
$$;

CREATE FUNCTION governance_check_authorship() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked governance_approval;
    made text[];
BEGIN
    SELECT * INTO asked FROM governance_approval WHERE id = NEW.approval_id;
    made := governance_makers(asked.process_id, asked.kind, asked.digest);
    IF 'user:' || NEW.actor_id = ANY(made) OR 'user:' || NEW.principal_id = ANY(made) THEN
        RAISE EXCEPTION 'who made the thing does not sign it' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (SELECT count(*) FROM governance_signature
        WHERE approval_id = NEW.approval_id AND role = NEW.role)
       >= (SELECT count(*) FROM unnest(asked.roles) AS one WHERE one = NEW.role)
    THEN
        RAISE EXCEPTION 'no signature of a % is needed any more', NEW.role
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.principal_id, NEW.delegate_id, NEW.since, NEW.until, NEW.reason)
       IS DISTINCT FROM
       (OLD.id, OLD.principal_id, OLD.delegate_id, OLD.since, OLD.until, OLD.reason)
       OR OLD.ended_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a delegation ends and changes in nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.process_id, NEW.version_id, NEW.role, NEW.since)
       IS DISTINCT FROM (OLD.id, OLD.process_id, OLD.version_id, OLD.role, OLD.since)
       OR OLD.until IS NOT NULL
    THEN
        RAISE EXCEPTION 'a deployment ends and changes in nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    Trigger(
        "stage_is_approved",
        "governance_process",
        "BEFORE INSERT OR UPDATE OF stage",
        "ROW EXECUTE FUNCTION governance_check_stage()",
    ),
    Trigger(
        "approval_rules",
        "governance_approval",
        "BEFORE INSERT OR UPDATE",
        "ROW EXECUTE FUNCTION governance_check_approval()",
    ),
    Trigger(
        "signature_rules",
        "governance_signature",
        "BEFORE INSERT",
        "ROW EXECUTE FUNCTION governance_check_signature()",
    ),
    Trigger(
        "signature_rules_of_authors",
        "governance_signature",
        "BEFORE INSERT",
        "ROW EXECUTE FUNCTION governance_check_authorship()",
    ),
    Trigger(
        "delegation_rules",
        "governance_delegation",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_delegation()",
    ),
    Trigger(
        "deployment_rules",
        "governance_deployment",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_deployment()",
    ),
    *(
        Trigger("append_only", table, *APPEND_ONLY)
        for table in ("governance_signature", "governance_evidence", "governance_comment")
    ),
    *(
        Trigger("kept", table, *KEPT)
        for table in ("governance_approval", "governance_delegation", "governance_deployment")
    ),
]

APPROVALS = guard(FUNCTIONS, TRIGGERS)
