"""Calls of a version, the newest first: what a model card is measured from, without a sort.

The index begins with the version, so the one on the version alone is not needed beside it.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0015_approvals_notices"),
        ("governance", "0006_approval_guards"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["version", "-id"], name="call_by_version"),
        ),
        migrations.AlterField(
            model_name="call",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="governance.modelversion",
            ),
        ),
    ]
