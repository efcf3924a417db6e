"""Runs may give items back to the model that a halt left with people."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0020_reports_training'),
        ('review', '0023_guards_parking'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='run',
            name='run_verb_known',
        ),
        migrations.AlterField(
            model_name='run',
            name='verb',
            field=models.CharField(choices=[('accept', 'accept'), ('reject', 'reject'), ('move', 'move to another queue'), ('give', 'give to a person'), ('priority', 'set the priority'), ('release', 'take from whoever holds it'), ('requeue', 'ask people again'), ('undo', 'undo'), ('give_back', 'give back to the model')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('incident__isnull', True), ('verb__in', ['accept', 'reject', 'move', 'give', 'priority', 'release', 'give_back'])), models.Q(('incident__isnull', False), ('verb__in', ['requeue', 'undo'])), _connector='OR'), name='run_verb_known'),
        ),
    ]
