"""Indexes of the ledger for its explorer, made while writers go on."""

import django.db.models.fields.json
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("governance", "0010_audit"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='entry',
            index=models.Index(fields=['actor', 'process', 'kind', 'id'], name='entry_by_actor'),
        ),
        AddIndexConcurrently(
            model_name='entry',
            index=models.Index(django.db.models.fields.json.KeyTextTransform('version', 'data'), models.F('process'), models.F('kind'), models.F('id'), condition=models.Q(('data__has_key', 'version')), name='entry_by_version'),
        ),
    ]
