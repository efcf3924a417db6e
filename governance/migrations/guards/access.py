"""What the tables of access and keys refuse to whoever writes them."""

from governance.migrations.squashing import Trigger, guard

FUNCTIONS = """
-- The person's row is locked so that two memberships at once see one another.
CREATE FUNCTION governance_check_duties() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given text;
    held text;
BEGIN
    PERFORM 1 FROM governance_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
    SELECT name INTO given FROM auth_group WHERE id = NEW.group_id;
    SELECT g.name INTO held
    FROM governance_user_groups m
    JOIN auth_group g ON g.id = m.group_id
    JOIN governance_duty d
      ON (d.first, d.second) IN ((split_part(g.name, '@', 1), split_part(given, '@', 1)),
                                 (split_part(given, '@', 1), split_part(g.name, '@', 1)))
    WHERE m.user_id = NEW.user_id AND m.id <> NEW.id
      AND split_part(g.name, '@', 2) = split_part(given, '@', 2)
    LIMIT 1;
    IF held IS NOT NULL THEN
        RAISE EXCEPTION 'one person may not hold % beside %', given, held
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL
       OR (NEW.id, NEW.user_id, NEW.role, NEW.process_id, NEW.since, NEW.until, NEW.reason,
           NEW.granted_by_id)
          IS DISTINCT FROM
          (OLD.id, OLD.user_id, OLD.role, OLD.process_id, OLD.since, OLD.until, OLD.reason,
           OLD.granted_by_id)
    THEN
        RAISE EXCEPTION 'a grant does not change; it ends' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_access_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answer <> ''
       OR (NEW.id, NEW.review_id, NEW.person_id, NEW.role, NEW.key_id, NEW.last_act_at)
          IS DISTINCT FROM
          (OLD.id, OLD.review_id, OLD.person_id, OLD.role, OLD.key_id, OLD.last_act_at)
    THEN
        RAISE EXCEPTION 'an answer of an access review stands'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_access_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.finished_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM governance_accessreviewline WHERE review_id = NEW.id AND answer = '')
    THEN
        RAISE EXCEPTION 'an access review ends once, with every line answered'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION governance_check_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.producer_id, NEW.user_id, NEW.process_id, NEW.scopes, NEW.reason, NEW.prefix,
        NEW.secret_sha256, NEW.created_at, NEW.issued_by_id)
       IS DISTINCT FROM
       (OLD.id, OLD.producer_id, OLD.user_id, OLD.process_id, OLD.scopes, OLD.reason, OLD.prefix,
        OLD.secret_sha256, OLD.created_at, OLD.issued_by_id)
    THEN
        RAISE EXCEPTION 'what a key reaches does not change; make another'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'a revoked key stays revoked' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at)
    THEN
        RAISE EXCEPTION 'the life of a key is not made longer'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    Trigger(
        "duties_separate",
        "governance_user_groups",
        "BEFORE INSERT OR UPDATE",
        "ROW EXECUTE FUNCTION governance_check_duties()",
    ),
    Trigger(
        "grant_rules",
        "governance_rolegrant",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_grant()",
    ),
    Trigger(
        "answer_stands",
        "governance_accessreviewline",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_access_answer()",
    ),
    Trigger(
        "ends_once",
        "governance_accessreview",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_access_review()",
    ),
    Trigger(
        "key_reach",
        "governance_apikey",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_api_key()",
    ),
]

ACCESS = guard(FUNCTIONS, TRIGGERS)
