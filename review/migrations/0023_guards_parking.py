"""Effects of halted processes leave the index of the sweep."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0020_reports_training'),
        ('review', '0022_guards_decisions'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='effect',
            name='effect_to_run',
        ),
        migrations.AddField(
            model_name='effect',
            name='parked_in',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.process'),
        ),
        migrations.AddIndex(
            model_name='effect',
            index=models.Index(condition=models.Q(('is_held', False), ('parked_in__isnull', True), ('state__in', ['scheduled', 'running'])), fields=['hint_at'], name='effect_to_run'),
        ),
        migrations.AddIndex(
            model_name='effect',
            index=models.Index(condition=models.Q(('parked_in__isnull', False)), fields=['parked_in'], name='effect_parked'),
        ),
    ]
