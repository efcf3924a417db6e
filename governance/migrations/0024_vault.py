"""Keys of processes, one for each that is here already; a key's row is never taken away."""

import django.db.models.deletion
from django.db import migrations, models

from governance.privacy.keyring import master_keys
from governance.privacy.vault.keys import key_context
from integrations.encryption import new_data_key

GUARD = """
CREATE FUNCTION governance_keep_process_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the key of process % opens the values of all its items', OLD.process_id
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER keep_key BEFORE DELETE OR UPDATE OF process_id ON governance_processkey
FOR EACH ROW EXECUTE FUNCTION governance_keep_process_key();
ALTER TABLE governance_processkey ENABLE ALWAYS TRIGGER keep_key
"""
UNGUARD = """
DROP TRIGGER keep_key ON governance_processkey;
DROP FUNCTION governance_keep_process_key()
"""


def make_keys(apps, schema_editor):
    keys = apps.get_model("governance", "ProcessKey").objects
    for process in apps.get_model("governance", "Process").objects.values_list("pk", flat=True):
        wrapped = master_keys().wrap(new_data_key(), context=key_context(process))
        keys.create(process_id=process, wrapped=wrapped)


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0023_signin"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProcessKey",
            fields=[
                (
                    "process",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="governance.process",
                    ),
                ),
                ("wrapped", models.BinaryField(max_length=70000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RunPython(make_keys, migrations.RunPython.noop),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
