"""A reveal is written once and ended once; nothing else of its row changes, and it stays."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION governance_check_reveal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.item, NEW.process_id, NEW.field, NEW.kind, NEW.person_id,
        NEW.task, NEW.at, NEW.until)
       IS DISTINCT FROM
       (OLD.id, OLD.item, OLD.process_id, OLD.field, OLD.kind, OLD.person_id,
        OLD.task, OLD.at, OLD.until)
       -- The words may name the person: they go when the item is erased.
       OR (NEW.purpose <> OLD.purpose AND NEW.purpose <> 'erased')
       OR (OLD.ended_at IS NOT NULL
           AND (NEW.purpose = OLD.purpose OR NEW.ended_at IS DISTINCT FROM OLD.ended_at))
    THEN
        RAISE EXCEPTION 'a reveal is only ever ended, and once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    ("reveal_rules", "BEFORE UPDATE", "ROW EXECUTE FUNCTION governance_check_reveal()"),
    (
        "kept",
        "BEFORE DELETE OR TRUNCATE",
        "STATEMENT EXECUTE FUNCTION governance_refuse_change()",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0015_masking"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION governance_check_reveal()"),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {name} {when} ON governance_reveal FOR EACH {does};"
                f"ALTER TABLE governance_reveal ENABLE ALWAYS TRIGGER {name}",
                f"DROP TRIGGER {name} ON governance_reveal",
            )
            for name, when, does in TRIGGERS
        ],
    ]
