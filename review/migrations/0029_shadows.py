"""What shadows answered. An answer is evidence for an approval, so it does not change: it
is given once, and goes only when the content of its item is erased.
"""

import django.db.models.deletion
from django.db import migrations, models

import governance.identifiers

GUARD = """
CREATE FUNCTION review_check_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_erased boolean;
    may boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'due' AND NEW.output IS NULL THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a shadow is asked before it answers' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        is_erased := EXISTS (
            SELECT FROM review_item i WHERE i.id = OLD.item_id AND i.content_erased_at IS NOT NULL);
        may := (NEW.id, NEW.deployment_id, NEW.item_id, NEW.probability, NEW.drawn_at)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.deployment_id, OLD.item_id, OLD.probability, OLD.drawn_at)
            AND CASE OLD.state
                WHEN 'due' THEN NOT is_erased OR NEW.output IS NULL
                ELSE is_erased AND NEW.output IS NOT DISTINCT FROM '{"erased": true}'::jsonb
                    AND (NEW.state, NEW.call_id, NEW.confidence, NEW.differing, NEW.ended_at)
                    IS NOT DISTINCT FROM
                    (OLD.state, OLD.call_id, OLD.confidence, OLD.differing, OLD.ended_at)
                END;
        IF may THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what a shadow answered neither changes nor goes'
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER shadow_rules BEFORE INSERT OR UPDATE OR DELETE ON review_shadowcandidate
FOR EACH ROW EXECUTE FUNCTION review_check_shadow();
ALTER TABLE review_shadowcandidate ENABLE ALWAYS TRIGGER shadow_rules;
CREATE TRIGGER kept BEFORE TRUNCATE ON review_shadowcandidate
FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
ALTER TABLE review_shadowcandidate ENABLE ALWAYS TRIGGER kept
"""
UNGUARD = """
DROP TRIGGER kept ON review_shadowcandidate;
DROP TRIGGER shadow_rules ON review_shadowcandidate;
DROP FUNCTION review_check_shadow()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0025_shadows"),
        ("review", "0028_vault"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="is_shadow",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='ShadowComparison',
            fields=[
                ('deployment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='governance.deployment')),
                ('figures', models.JSONField(default=dict)),
                ('compared_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ShadowCandidate',
            fields=[
                ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('probability', models.FloatField()),
                ('state', models.CharField(choices=[('due', 'to be asked for'), ('answered', 'answered'), ('failed', 'no usable answer'), ('withdrawn', 'not asked for any more')], default='due', max_length=10)),
                ('output', models.JSONField(null=True)),
                ('confidence', models.JSONField(default=dict)),
                ('differing', models.JSONField(null=True)),
                ('error', models.CharField(blank=True, max_length=60)),
                ('drawn_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
                ('call', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='shadow_candidate', to='review.call')),
                ('deployment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.deployment')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shadow_candidates', to='review.item')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'due')), fields=['deployment', 'due_at', 'id'], name='shadow_due'), models.Index(condition=models.Q(('lease_until__isnull', False), ('state', 'due')), fields=['lease_until'], name='shadow_leased'), models.Index(fields=['deployment', 'drawn_at'], name='shadow_by_drawing'), models.Index(condition=models.Q(('state', 'answered')), fields=['deployment', '-id'], name='shadow_answered')],
                'constraints': [models.UniqueConstraint(fields=('deployment', 'item'), name='one_shadow_an_item'), models.CheckConstraint(condition=models.Q(('state__in', ['due', 'answered', 'failed', 'withdrawn'])), name='shadow_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'due')), models.Q(models.Q(('state', 'due'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='shadow_ends_once_it_is_not_due'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'answered'), _negated=True), models.Q(('call__isnull', False), ('output__isnull', False)), _connector='OR'), name='shadow_answered_has_call_and_output'), models.CheckConstraint(condition=models.Q(('probability__gt', 0), ('probability__lte', 1)), name='shadow_probability_range')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
