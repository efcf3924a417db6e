"""Notices of what is for every process and belongs to none."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0020_reports_training'),
        ('review', '0024_guards_give_back'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='process',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.process'),
        ),
    ]
