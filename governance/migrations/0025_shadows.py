"""Versions in shadow: how likely an item is drawn for one, and how many a day."""

from django.db import migrations, models
from django.db.models import Q

_GUARD = """
CREATE OR REPLACE FUNCTION governance_check_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ({new}) IS DISTINCT FROM ({old}) OR OLD.until IS NOT NULL
    THEN
        RAISE EXCEPTION 'a deployment ends and changes in nothing else'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def guard(*columns: str) -> str:
    """The guard of deployments, under which these columns never change."""
    return _GUARD.format(
        new=", ".join(f"NEW.{one}" for one in columns),
        old=", ".join(f"OLD.{one}" for one in columns),
    )


_BEFORE = ("id", "process_id", "version_id", "role", "since")


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0024_vault"),
    ]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="share",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="deployment",
            name="daily_limit",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="deployment",
            constraint=models.UniqueConstraint(
                fields=["process", "version"],
                condition=Q(role="shadow", until__isnull=True),
                name="one_shadow_a_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="deployment",
            constraint=models.CheckConstraint(
                name="shadow_has_share_and_limit",
                condition=Q(role="champion", share__isnull=True, daily_limit__isnull=True)
                | Q(
                    role="shadow",
                    share__isnull=False,
                    share__gt=0,
                    share__lte=1,
                    daily_limit__isnull=False,
                    daily_limit__gte=1,
                ),
            ),
        ),
        migrations.RunSQL(guard(*_BEFORE, "share", "daily_limit"), guard(*_BEFORE)),
    ]
