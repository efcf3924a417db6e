"""A legal hold stays as it was set until it is lifted, once; a rule of retention never changes."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION governance_check_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL
       OR (NEW.id, NEW.scope, NEW.process_id, NEW.item, NEW.received_from, NEW.received_until,
           NEW.reference, NEW.reason, NEW.set_by_id, NEW.since)
          IS DISTINCT FROM
          (OLD.id, OLD.scope, OLD.process_id, OLD.item, OLD.received_from, OLD.received_until,
           OLD.reference, OLD.reason, OLD.set_by_id, OLD.since)
    THEN
        RAISE EXCEPTION 'a hold does not change; it is lifted, once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    (
        "lifted_only",
        "governance_legalhold",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_check_hold()",
    ),
    (
        "kept",
        "governance_legalhold",
        "BEFORE DELETE OR TRUNCATE",
        "STATEMENT EXECUTE FUNCTION governance_refuse_change()",
    ),
    (
        "immutable",
        "governance_retentionrule",
        "BEFORE UPDATE OR DELETE OR TRUNCATE",
        "STATEMENT EXECUTE FUNCTION governance_refuse_change()",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0012_privacy"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION governance_check_hold()"),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {does};"
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
                f"DROP TRIGGER {name} ON {table}",
            )
            for name, table, when, does in TRIGGERS
        ],
    ]
