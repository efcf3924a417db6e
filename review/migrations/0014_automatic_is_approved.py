"""A model decides alone only where version, contract and stage are approved and nothing is halted."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION review_check_automatic() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    obstacles text[];
BEGIN
    SELECT governance_obstacles(i.process_id, k.version_id, i.contract_id) INTO obstacles
    FROM review_item i
    LEFT JOIN review_candidate c ON c.id = NEW.candidate_id
    LEFT JOIN review_call k ON k.id = c.call_id
    WHERE i.id = NEW.item_id;
    IF obstacles <> '{}' THEN
        RAISE EXCEPTION 'no automatic decision: %', array_to_string(obstacles, ', ')
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGER = """
CREATE TRIGGER automatic_is_approved BEFORE INSERT ON review_decision
    FOR EACH ROW WHEN (NEW.actor_id IS NULL) EXECUTE FUNCTION review_check_automatic();
ALTER TABLE review_decision ENABLE ALWAYS TRIGGER automatic_is_approved
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0013_duplicates"), ("governance", "0006_approval_guards")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION review_check_automatic()"),
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER automatic_is_approved ON review_decision"
        ),
    ]
