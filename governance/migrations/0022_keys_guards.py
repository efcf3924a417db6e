"""What the tables of keys and reviews refuse to whoever writes them."""

from django.db import migrations

FUNCTIONS = """
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
$$;

CREATE OR REPLACE FUNCTION governance_check_access_answer() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER key_reach BEFORE UPDATE ON governance_apikey
    FOR EACH ROW EXECUTE FUNCTION governance_check_api_key();
ALTER TABLE governance_apikey ENABLE ALWAYS TRIGGER key_reach
"""
DROP_FUNCTIONS = """
DROP TRIGGER key_reach ON governance_apikey;
DROP FUNCTION governance_check_api_key();
CREATE OR REPLACE FUNCTION governance_check_access_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answer <> ''
       OR (NEW.id, NEW.review_id, NEW.person_id, NEW.role)
          IS DISTINCT FROM (OLD.id, OLD.review_id, OLD.person_id, OLD.role)
    THEN
        RAISE EXCEPTION 'an answer of an access review stands'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0021_keys"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
    ]
