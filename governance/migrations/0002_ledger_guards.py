"""Append-only in the database itself: whoever asks, the record is neither changed nor emptied.

Statement triggers refuse the verb whatever rows it would touch, cover TRUNCATE, and cost nothing
on insert. ENABLE ALWAYS keeps them on under session_replication_role = replica.
"""

from django.db import migrations

TABLES = ["governance_entry", "governance_leaf", "governance_node", "governance_checkpoint"]

FUNCTION = """
CREATE FUNCTION governance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION governance_refuse_change()"),
        *[
            migrations.RunSQL(
                GUARD.format(table=table), f"DROP TRIGGER append_only ON {table}"
            )
            for table in TABLES
        ],
    ]
