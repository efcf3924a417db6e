"""Nobody signs in another's place where their own roles would not let them hold the other's role."""

from django.db import migrations

from governance.migrations.squashing import Trigger, guard

FUNCTIONS = """
-- Of what is for every process, one process in which the principal holds the role is enough.
CREATE FUNCTION governance_check_stand_in() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked governance_approval;
BEGIN
    IF NEW.actor_id = NEW.principal_id THEN
        RETURN NEW;
    END IF;
    SELECT * INTO asked FROM governance_approval WHERE id = NEW.approval_id;
    IF NOT EXISTS (
        SELECT 1 FROM governance_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.user_id = NEW.principal_id AND split_part(g.name, '@', 1) = NEW.role
          AND (asked.process_id IS NULL OR split_part(g.name, '@', 2) = asked.process_id)
          AND NOT EXISTS (
            SELECT 1 FROM governance_user_groups n JOIN auth_group h ON h.id = n.group_id
            JOIN governance_duty d
              ON (d.first, d.second) IN ((split_part(h.name, '@', 1), NEW.role::text),
                                         (NEW.role::text, split_part(h.name, '@', 1)))
            WHERE n.user_id = NEW.actor_id
              AND split_part(h.name, '@', 2) = split_part(g.name, '@', 2)))
    THEN
        RAISE EXCEPTION 'the actor may not hold the role % beside their own', NEW.role
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    Trigger(
        "signature_rules_of_stand_ins",
        "governance_signature",
        "BEFORE INSERT",
        "ROW EXECUTE FUNCTION governance_check_stand_in()",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0026_password_reset"),
    ]

    operations = [guard(FUNCTIONS, TRIGGERS)]
