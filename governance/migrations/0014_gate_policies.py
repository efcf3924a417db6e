"""Policies in versions that nobody changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import governance.identifiers

GUARDS = """
CREATE FUNCTION governance_keep_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.slug, NEW.process_id) IS DISTINCT FROM (OLD.id, OLD.slug, OLD.process_id) THEN
        RAISE EXCEPTION 'what a policy is called and where it holds do not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE UPDATE ON governance_policy
    FOR EACH ROW EXECUTE FUNCTION governance_keep_policy();
ALTER TABLE governance_policy ENABLE ALWAYS TRIGGER kept;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON governance_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
ALTER TABLE governance_policyversion ENABLE ALWAYS TRIGGER append_only
"""
DROP_GUARDS = """
DROP TRIGGER append_only ON governance_policyversion;
DROP TRIGGER kept ON governance_policy;
DROP FUNCTION governance_keep_policy()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0013_privacy_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("title", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("process", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="policies", to="governance.process")),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("change", models.CharField(blank=True, max_length=300)),
                ("written_at", models.DateTimeField()),
                ("author", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("policy", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="governance.policy")),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "number"), name="policy_number_once"),
                    models.CheckConstraint(condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="policy_digest_is_sha256"),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, DROP_GUARDS),
    ]
