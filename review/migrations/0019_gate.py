"""Decisions before the gate: nothing is sent while compliance holds them, and four eyes see them."""

import django.db.models.deletion
import governance.identifiers
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE FUNCTION review_check_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state IN ('checking', 'waiting') THEN
            RAISE EXCEPTION 'a hold is answered, not deleted' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('checking', 'waiting') OR NEW.answered_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a hold begins unanswered' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.process_id, NEW.item_id, NEW.decision_id, NEW.opened_at) IS DISTINCT FROM
       (OLD.id, OLD.process_id, OLD.item_id, OLD.decision_id, OLD.opened_at)
       OR (OLD.state <> 'checking' AND NEW.reasons IS DISTINCT FROM OLD.reasons)
       OR (OLD.answered_by_id IS NOT NULL AND
           (NEW.answered_by_id, NEW.answered_at, NEW.comment, NEW.policy_version_id, NEW.heading)
           IS DISTINCT FROM
           (OLD.answered_by_id, OLD.answered_at, CASE WHEN NEW.comment = 'erased' THEN 'erased' ELSE OLD.comment END, OLD.policy_version_id, OLD.heading))
    THEN
        RAISE EXCEPTION 'what a hold is of, why, and what was answered do not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (
        (OLD.state = 'checking' AND NEW.state IN ('waiting', 'passed', 'withdrawn'))
        OR (OLD.state = 'waiting' AND NEW.state IN ('released', 'refused', 'withdrawn')))
    THEN
        RAISE EXCEPTION 'a hold does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.answered_by_id IS NOT NULL AND OLD.answered_by_id IS NULL AND EXISTS (
        SELECT 1 FROM review_decision d
        WHERE d.item_id = NEW.item_id AND d.actor_id = NEW.answered_by_id)
    THEN
        RAISE EXCEPTION 'who decided on an item does not release or refuse its output'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION review_check_sending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM review_gatehold h
        WHERE h.decision_id = NEW.decision_id AND h.state NOT IN ('passed', 'released'))
    THEN
        RAISE EXCEPTION 'compliance has not released what decision % causes', NEW.decision_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER hold_rules BEFORE INSERT OR UPDATE OR DELETE ON review_gatehold
    FOR EACH ROW EXECUTE FUNCTION review_check_hold();
ALTER TABLE review_gatehold ENABLE ALWAYS TRIGGER hold_rules;
CREATE TRIGGER sent_after_release BEFORE INSERT OR UPDATE OF state ON review_effect
    FOR EACH ROW WHEN (NEW.state = 'running' AND NEW.compensates_id IS NULL)
    EXECUTE FUNCTION review_check_sending();
ALTER TABLE review_effect ENABLE ALWAYS TRIGGER sent_after_release
"""
DROP_GUARDS = """
DROP TRIGGER sent_after_release ON review_effect;
DROP TRIGGER hold_rules ON review_gatehold;
DROP FUNCTION review_check_sending();
DROP FUNCTION review_check_hold()
"""


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0018_erasure_guards"),
        ("governance", "0014_gate_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GateHold',
            fields=[
                ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('checking', 'being checked'), ('waiting', 'held by compliance'), ('passed', 'passed the checks'), ('released', 'released'), ('refused', 'refused'), ('withdrawn', 'withdrawn with its decision')], max_length=10)),
                ('reasons', models.JSONField(default=list)),
                ('due_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('comment', models.TextField(blank=True)),
                ('heading', models.CharField(blank=True, max_length=80)),
                ('heading_title', models.CharField(blank=True, max_length=200)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('hint_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RemoveIndex(
            model_name='effect',
            name='effect_to_run',
        ),
        migrations.AddField(
            model_name='effect',
            name='is_held',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('handed_over', 'a task was handed to you'), ('mentioned', 'you were mentioned in a note'), ('escalated', 'a task was escalated by the clock'), ('due_soon', 'work is due soon'), ('overdue', 'work is overdue'), ('effect_failed', 'an effect failed for good'), ('decision_changed', 'your decision was undone or amended'), ('queue_paused', 'a queue was paused'), ('gate_held', 'outputs wait for compliance')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='effect',
            index=models.Index(condition=models.Q(('is_held', False), ('state__in', ['scheduled', 'running'])), fields=['hint_at'], name='effect_to_run'),
        ),
        migrations.AddField(
            model_name='gatehold',
            name='answered_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='gatehold',
            name='decision',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='gate_hold', to='review.decision'),
        ),
        migrations.AddField(
            model_name='gatehold',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gate_holds', to='review.item'),
        ),
        migrations.AddField(
            model_name='gatehold',
            name='policy_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.policyversion'),
        ),
        migrations.AddField(
            model_name='gatehold',
            name='process',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.process'),
        ),
        migrations.AddIndex(
            model_name='gatehold',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['process', 'due_at', 'id'], name='hold_by_due'),
        ),
        migrations.AddIndex(
            model_name='gatehold',
            index=models.Index(condition=models.Q(('state', 'checking')), fields=['hint_at'], name='hold_to_check'),
        ),
        migrations.AddIndex(
            model_name='gatehold',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['process', 'opened_at'], name='hold_by_opening'),
        ),
        migrations.AddConstraint(
            model_name='gatehold',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['checking', 'waiting'])), fields=('item',), name='one_open_hold_an_item'),
        ),
        migrations.AddConstraint(
            model_name='gatehold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['released', 'refused']), _negated=True), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='hold_answered_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='gatehold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('policy_version__isnull', False), models.Q(('comment', ''), _negated=True)), _connector='OR'), name='refusal_cites_and_says_why'),
        ),
        migrations.RunSQL(GUARDS, DROP_GUARDS),
    ]
