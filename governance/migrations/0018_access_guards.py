"""What the tables of access refuse to whoever writes them, and records of roles held already."""

from django.db import migrations

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
       OR (NEW.id, NEW.review_id, NEW.person_id, NEW.role)
          IS DISTINCT FROM (OLD.id, OLD.review_id, OLD.person_id, OLD.role)
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
$$
"""
DROP_FUNCTIONS = """
DROP FUNCTION governance_check_access_review();
DROP FUNCTION governance_check_access_answer();
DROP FUNCTION governance_check_grant();
DROP FUNCTION governance_check_duties()
"""
TRIGGERS = [
    ("duties_separate", "governance_user_groups", "INSERT OR UPDATE", "governance_check_duties"),
    ("grant_rules", "governance_rolegrant", "UPDATE", "governance_check_grant"),
    ("answer_stands", "governance_accessreviewline", "UPDATE", "governance_check_access_answer"),
    ("ends_once", "governance_accessreview", "UPDATE", "governance_check_access_review"),
]
HELD_ALREADY = """
INSERT INTO governance_rolegrant (id, user_id, role, process_id, since, reason)
SELECT gen_random_uuid(), m.user_id, split_part(g.name, '@', 1), p.slug, now(),
       'Held before grants were recorded.'
FROM governance_user_groups m
JOIN auth_group g ON g.id = m.group_id
JOIN governance_process p ON p.slug = split_part(g.name, '@', 2)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0017_access"),
    ]

    operations = [
        migrations.RunSQL(HELD_ALREADY, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW "
                f"EXECUTE FUNCTION {function}();"
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
                f"DROP TRIGGER {name} ON {table}",
            )
            for name, table, when, function in TRIGGERS
        ],
    ]
