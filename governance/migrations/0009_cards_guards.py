"""A kept revision of a card stays as it is, and revisions count 1, 2, 3 without a gap.

ENABLE ALWAYS keeps the triggers on under session_replication_role = replica, as for the ledger.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION governance_check_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> 1 + coalesce((
        SELECT max(number) FROM governance_cardrevision WHERE version_id = NEW.version_id), 0)
    THEN
        RAISE EXCEPTION 'revision % does not follow the newest one', NEW.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    (
        "append_only",
        "BEFORE UPDATE OR DELETE OR TRUNCATE",
        "STATEMENT EXECUTE FUNCTION governance_refuse_change()",
    ),
    ("follows_newest", "BEFORE INSERT", "ROW EXECUTE FUNCTION governance_check_revision()"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0008_cards"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION governance_check_revision()"),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {name} {when} ON governance_cardrevision FOR EACH {does};"
                f"ALTER TABLE governance_cardrevision ENABLE ALWAYS TRIGGER {name}",
                f"DROP TRIGGER {name} ON governance_cardrevision",
            )
            for name, when, does in TRIGGERS
        ],
    ]
