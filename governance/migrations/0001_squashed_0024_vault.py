"""All of governance as 0001 to 0024 leave it, for a database that has none of it yet.

Such a database makes each table once instead of following every turn that the models took. One that
ran all of the old migrations takes this one as done; one that ran some goes on with them, which is
what they are kept for: reading them costs 0.03 s. What they did to rows is left out, as there are
none yet.

The old ones of both apps go, with tests/test_migrations.py, once every installation has migrated
with a version that has this file: delete them, make what depends on them depend on this one and on
review's, and take `replaces` out of both.
"""

import datetime
import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.fields.json
import django.utils.timezone
import governance.identifiers
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from governance.migrations.guards.access import ACCESS
from governance.migrations.guards.approvals import APPROVALS
from governance.migrations.guards.cards import CARDS
from governance.migrations.guards.ledger import LEDGER
from governance.migrations.guards.policies import POLICIES
from governance.migrations.guards.privacy import PRIVACY
from governance.migrations.squashing import CreateModels

MODELS = [
    migrations.CreateModel(
        name='Checkpoint',
        fields=[
            ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ('size', models.BigIntegerField(unique=True)),
            ('root', models.BinaryField(max_length=32)),
            ('at', models.DateTimeField()),
            ('origin', models.CharField(max_length=200)),
            ('key_id', models.CharField(max_length=64)),
            ('note', models.TextField()),
        ],
        options={
            'ordering': ['size'],
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='Process',
        fields=[
            ('slug', models.SlugField(max_length=60, primary_key=True, serialize=False)),
            ('title', models.CharField(max_length=120)),
            ('stage', models.CharField(choices=[('shadow', 'shadow'), ('assisted', 'assisted'), ('partial', 'partial'), ('full', 'full')], default='assisted', max_length=10)),
            ('is_paused', models.BooleanField(default=False)),
            ('created_at', models.DateTimeField(auto_now_add=True)),
            ('contract', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.contract')),
        ],
        options={
            'verbose_name_plural': 'processes',
            'permissions': [('view_items', 'sees items, their timeline and lineage'), ('submit_items', 'hands items in'), ('download_documents', 'downloads original documents, with a reason'), ('serve_operator', "serves operators' queues"), ('serve_senior_reviewer', "serves senior reviewers' queues"), ('serve_compliance_officer', 'serves compliance queues'), ('reassign_tasks', 'gives tasks to others'), ('override_decisions', 'undoes and amends decisions of others'), ('operate_effects', 'sees and retries failed effects'), ('change_stage', 'changes stage, pauses and resumes'), ('apply_contracts', 'applies contract versions'), ('manage_models', 'trains and deploys model versions'), ('view_ledger', 'reads the ledger of the process'), ('view_metrics', 'reads the numbers of the process'), ('view_governance', 'sees models, approvals, policies and incidents'), ('request_approvals', 'asks for approvals'), ('give_approvals', 'signs approvals in the roles held'), ('manage_policies', 'writes policies and rules of retention'), ('handle_incidents', 'opens and handles incidents, runs playbooks'), ('halt_automation', 'halts the process and lets it go on'), ('manage_access', 'gives and takes roles, reviews access'), ('reveal_personal', 'uncovers masked personal data, with a purpose'), ('erase_personal', 'erases personal data and sets legal holds'), ('export_audit', 'exports bundles for auditors, and reports')],
            'default_permissions': (),
            'constraints': [models.CheckConstraint(condition=models.Q(('stage__in', ['shadow', 'assisted', 'partial', 'full'])), name='process_stage_known')],
        },
    ),
    migrations.CreateModel(
        name='Contract',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('number', models.PositiveIntegerField()),
            ('digest', models.CharField(max_length=64)),
            ('source', models.TextField()),
            ('body', models.JSONField()),
            ('applied_by', models.CharField(max_length=120)),
            ('created_at', models.DateTimeField(auto_now_add=True)),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='governance.process')),
        ],
        options={
            'ordering': ['process', 'number'],
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('process', 'number'), name='contract_number_once')],
        },
    ),
    migrations.CreateModel(
        name='Leaf',
        fields=[
            ('index', models.BigIntegerField(primary_key=True, serialize=False)),
            ('entry', models.UUIDField(unique=True)),
            ('hash', models.BinaryField(max_length=32)),
        ],
        options={
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='Model',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('name', models.CharField(max_length=100)),
            ('created_at', models.DateTimeField(auto_now_add=True)),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='catalogue', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('process', 'name'), name='model_name_once')],
        },
    ),
    migrations.CreateModel(
        name='Outbox',
        fields=[
            ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ('entry', models.UUIDField()),
            ('hash', models.BinaryField(max_length=32)),
        ],
        options={
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='Producer',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('name', models.CharField(max_length=100, unique=True)),
            ('is_active', models.BooleanField(default=True)),
            ('created_at', models.DateTimeField(auto_now_add=True)),
        ],
    ),
    migrations.CreateModel(
        name='User',
        fields=[
            ('password', models.CharField(max_length=128, verbose_name='password')),
            ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
            ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
            ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
            ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
            ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
            ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
            ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
            ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
            ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('is_demo', models.BooleanField(default=False)),
            ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
            ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ('keys', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
        ],
        options={
            'verbose_name': 'user',
            'verbose_name_plural': 'users',
            'abstract': False,
        },
        managers=[
            ('objects', django.contrib.auth.models.UserManager()),
        ],
    ),
    migrations.CreateModel(
        name='Entry',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('at', models.DateTimeField()),
            ('item', models.UUIDField(null=True)),
            ('process', models.CharField(max_length=60, null=True)),
            ('actor', models.CharField(max_length=120)),
            ('kind', models.CharField(max_length=60)),
            ('data', models.JSONField()),
            ('hash', models.BinaryField(max_length=32)),
        ],
        options={
            'verbose_name_plural': 'entries',
            'default_permissions': (),
            'indexes': [models.Index(fields=['item', 'id'], name='entry_of_item'), models.Index(fields=['process', 'kind', 'id'], name='entry_by_kind'), models.Index(fields=['actor', 'process', 'kind', 'id'], name='entry_by_actor'), models.Index(django.db.models.fields.json.KeyTextTransform('version', 'data'), models.F('process'), models.F('kind'), models.F('id'), condition=models.Q(('data__has_key', 'version')), name='entry_by_version')],
        },
    ),
    migrations.CreateModel(
        name='ModelVersion',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('number', models.PositiveIntegerField()),
            ('provider', models.CharField(max_length=60)),
            ('digest', models.CharField(max_length=64)),
            ('config', models.JSONField(default=dict)),
            ('report', models.JSONField(default=dict)),
            ('created_at', models.DateTimeField(auto_now_add=True)),
            ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='governance.model')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('model', 'number'), name='model_version_number_once')],
        },
    ),
    migrations.CreateModel(
        name='Node',
        fields=[
            ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ('level', models.PositiveSmallIntegerField()),
            ('index', models.BigIntegerField()),
            ('hash', models.BinaryField(max_length=32)),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('level', 'index'), name='node_once')],
        },
    ),
    migrations.CreateModel(
        name='Deployment',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('role', models.CharField(choices=[('champion', 'champion'), ('shadow', 'shadow')], default='champion', max_length=10)),
            ('since', models.DateTimeField(default=django.utils.timezone.now)),
            ('until', models.DateTimeField(null=True)),
            ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deployments', to='governance.modelversion')),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deployments', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(condition=models.Q(('role', 'champion'), ('until__isnull', True)), fields=('process',), name='one_champion_a_process')],
        },
    ),
    migrations.CreateModel(
        name='ApiKey',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('items:write', 'hand items in'), ('items:read', 'read items, processes and their numbers'), ('items:personal', 'read personal values of items'), ('tasks:decide', 'claim, decide, undo; answer held outputs'), ('processes:govern', 'change, halt and mend processes; read who may do what')], max_length=32), default=list, size=None)),
            ('prefix', models.CharField(max_length=12, unique=True)),
            ('secret_sha256', models.BinaryField(max_length=32)),
            ('created_at', models.DateTimeField(auto_now_add=True)),
            ('expires_at', models.DateTimeField(blank=True, null=True)),
            ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ('last_used_at', models.DateTimeField(blank=True, null=True)),
            ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
            ('process', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='governance.process')),
            ('producer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='governance.producer')),
            ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('reason', models.CharField(blank=True, db_default='', default='', max_length=500)),
        ],
        options={
            'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('process__isnull', False), ('producer__isnull', False), ('user__isnull', True)), models.Q(('producer__isnull', True), ('user__isnull', False)), _connector='OR'), name='api_key_of_a_producer_or_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('scopes__contained_by', ['items:write', 'items:read', 'items:personal']), ('user__isnull', True)), models.Q(('scopes__contained_by', ['items:write', 'items:read', 'tasks:decide', 'processes:govern']), ('user__isnull', False)), _connector='OR'), name='api_key_scopes_of_its_kind'), models.CheckConstraint(condition=models.Q(models.Q(('scopes__contains', ['items:personal']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='personal_values_for_a_reason')],
        },
    ),
    migrations.CreateModel(
        name='Approval',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('kind', models.CharField(choices=[('version', 'model version'), ('contract', 'contract'), ('thresholds', 'thresholds'), ('stage', 'stage'), ('policy', 'policy'), ('retention', 'retention'), ('access', 'access')], max_length=12)),
            ('subject', models.CharField(max_length=120)),
            ('digest', models.CharField(max_length=64)),
            ('title', models.CharField(max_length=200)),
            ('before', models.JSONField(null=True)),
            ('after', models.JSONField(null=True)),
            ('risk', models.CharField(max_length=6)),
            ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
            ('reason', models.TextField()),
            ('state', models.CharField(choices=[('requested', 'waiting for signatures'), ('granted', 'granted'), ('refused', 'refused'), ('withdrawn', 'withdrawn'), ('lapsed', 'lapsed')], default='requested', max_length=10)),
            ('requested_at', models.DateTimeField()),
            ('closes_at', models.DateTimeField()),
            ('valid_days', models.PositiveIntegerField()),
            ('granted_at', models.DateTimeField(null=True)),
            ('valid_until', models.DateTimeField(null=True)),
            ('ended_at', models.DateTimeField(null=True)),
            ('ended_reason', models.TextField(blank=True)),
            ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('process', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='governance.process')),
            ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals_requested', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(condition=models.Q(('state', 'granted')), fields=['digest'], name='approval_in_force'), models.Index(condition=models.Q(('state', 'requested')), fields=['process', 'requested_at'], name='approval_waiting')],
            'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'requested')), fields=('process', 'kind', 'digest'), name='one_open_request', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='approval_digest_is_sha256'), models.CheckConstraint(condition=models.Q(('roles__len__gt', 0)), name='approval_needs_signatures'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'granted'), _negated=True), models.Q(('granted_at__isnull', False), ('valid_until__gt', models.F('granted_at'))), _connector='OR'), name='approval_granted_until')],
        },
    ),
    migrations.CreateModel(
        name='Comment',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('text', models.TextField()),
            ('at', models.DateTimeField()),
            ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='governance.approval')),
        ],
        options={
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='Delegation',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('since', models.DateTimeField()),
            ('until', models.DateTimeField()),
            ('reason', models.CharField(max_length=300)),
            ('ended_at', models.DateTimeField(null=True)),
            ('delegate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegated', to=settings.AUTH_USER_MODEL)),
            ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.CheckConstraint(condition=models.Q(('principal', models.F('delegate')), _negated=True), name='delegation_to_another'), models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='delegation_ends')],
        },
    ),
    migrations.CreateModel(
        name='Evidence',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('name', models.CharField(max_length=200)),
            ('media_type', models.CharField(max_length=100)),
            ('digest', models.CharField(max_length=64)),
            ('content', models.BinaryField()),
            ('at', models.DateTimeField()),
            ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='governance.approval')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('approval', 'digest'), name='evidence_once')],
        },
    ),
    migrations.CreateModel(
        name='Halt',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('reason', models.CharField(max_length=500)),
            ('since', models.DateTimeField()),
            ('started_by', models.CharField(max_length=120)),
            ('until', models.DateTimeField(null=True)),
            ('ended_by', models.CharField(blank=True, max_length=120)),
            ('process', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='halts', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('process',), name='one_halt_a_process', nulls_distinct=False)],
        },
    ),
    migrations.CreateModel(
        name='Signature',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('digest', models.CharField(max_length=64)),
            ('role', models.CharField(max_length=30)),
            ('is_yes', models.BooleanField()),
            ('comment', models.TextField(blank=True)),
            ('at', models.DateTimeField()),
            ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to=settings.AUTH_USER_MODEL)),
            ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='governance.approval')),
            ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('approval', 'actor'), name='one_signature_a_person'), models.UniqueConstraint(fields=('approval', 'principal'), name='one_signature_a_principal')],
        },
    ),
    migrations.CreateModel(
        name='CardFacts',
        fields=[
            ('version', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='facts', serialize=False, to='governance.modelversion')),
            ('facts', models.JSONField(default=dict)),
            ('digest', models.CharField(blank=True, max_length=64)),
            ('measured_at', models.DateTimeField(null=True)),
            ('asked_at', models.DateTimeField(null=True)),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(condition=models.Q(('asked_at__isnull', False)), fields=['asked_at'], name='card_to_measure')],
        },
    ),
    migrations.CreateModel(
        name='CardDraft',
        fields=[
            ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ('base', models.PositiveIntegerField()),
            ('texts', models.JSONField()),
            ('updated_at', models.DateTimeField()),
            ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='governance.modelversion')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('version', 'author'), name='one_card_draft_each')],
        },
    ),
    migrations.CreateModel(
        name='CardRevision',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('number', models.PositiveIntegerField()),
            ('texts', models.JSONField()),
            ('digest', models.CharField(max_length=64)),
            ('at', models.DateTimeField()),
            ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='governance.modelversion')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('version', 'number'), name='card_revision_once'), models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='card_digest_is_sha256')],
        },
    ),
    migrations.CreateModel(
        name='Export',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('since', models.DateTimeField(null=True)),
            ('until', models.DateTimeField(null=True)),
            ('actor', models.CharField(max_length=120)),
            ('state', models.CharField(choices=[('requested', 'waiting to be made'), ('running', 'being made'), ('ready', 'ready'), ('failed', 'failed'), ('removed', 'removed again')], default='requested', max_length=10)),
            ('requested_at', models.DateTimeField()),
            ('finished_at', models.DateTimeField(null=True)),
            ('lease_until', models.DateTimeField(null=True)),
            ('done', models.PositiveBigIntegerField(default=0)),
            ('size', models.PositiveBigIntegerField(default=0)),
            ('entries', models.PositiveBigIntegerField(default=0)),
            ('size_bytes', models.PositiveBigIntegerField(default=0)),
            ('manifest_digest', models.CharField(blank=True, max_length=64)),
            ('error', models.CharField(blank=True, max_length=300)),
            ('process', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(condition=models.Q(('state__in', ['requested', 'running', 'ready'])), fields=['requested_at'], name='export_to_tend')],
            'constraints': [models.CheckConstraint(condition=models.Q(('since__isnull', True), ('until__isnull', True), ('until__gt', models.F('since')), _connector='OR'), name='export_period_forwards'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(('manifest_digest', ''), _negated=True), _connector='OR'), name='export_ready_is_whole')],
        },
    ),
    migrations.CreateModel(
        name='Verification',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('actor', models.CharField(max_length=120)),
            ('started_at', models.DateTimeField()),
            ('finished_at', models.DateTimeField(null=True)),
            ('entries', models.PositiveBigIntegerField(default=0)),
            ('sequenced', models.PositiveBigIntegerField(default=0)),
            ('pending', models.PositiveBigIntegerField(default=0)),
            ('checkpoints', models.PositiveBigIntegerField(default=0)),
            ('problems', models.PositiveBigIntegerField(default=0)),
            ('first_problems', models.JSONField(default=list)),
            ('error', models.CharField(blank=True, max_length=300)),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(fields=['-started_at'], name='verification_newest')],
            'constraints': [models.UniqueConstraint(models.Value(1), condition=models.Q(('finished_at__isnull', True)), name='one_verification_at_a_time')],
        },
    ),
    migrations.CreateModel(
        name='Witnessing',
        fields=[
            ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ('size', models.BigIntegerField()),
            ('way', models.CharField(choices=[('file', 'file'), ('http', 'HTTP')], max_length=4)),
            ('attempts', models.PositiveIntegerField(default=0)),
            ('tried_at', models.DateTimeField()),
            ('witnessed_at', models.DateTimeField(null=True)),
            ('answer', models.CharField(blank=True, max_length=500)),
            ('error', models.CharField(blank=True, max_length=300)),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('way', 'size'), name='witnessed_once_a_way')],
        },
    ),
    migrations.CreateModel(
        name='LegalHold',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('scope', models.CharField(choices=[('item', 'one item'), ('process', 'items of a process'), ('subject', 'items about a person')], max_length=10)),
            ('item', models.UUIDField(null=True)),
            ('received_from', models.DateTimeField(null=True)),
            ('received_until', models.DateTimeField(null=True)),
            ('digests', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, size=None)),
            ('reference', models.CharField(max_length=80)),
            ('reason', models.CharField(max_length=500)),
            ('since', models.DateTimeField()),
            ('lifted_at', models.DateTimeField(null=True)),
            ('lifted_reason', models.CharField(blank=True, max_length=500)),
            ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('process', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.process')),
            ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(condition=models.Q(('lifted_at__isnull', True)), fields=['scope', 'item'], name='hold_standing')],
            'constraints': [models.CheckConstraint(condition=models.Q(('lifted_at__isnull', False), models.Q(('digests__len', 0), ('item__isnull', False), ('process__isnull', False), ('scope', 'item')), models.Q(('digests__len', 0), ('item__isnull', True), ('process__isnull', False), ('scope', 'process')), models.Q(('digests__len__gt', 0), ('item__isnull', True), ('process__isnull', True), ('scope', 'subject')), _connector='OR'), name='hold_says_what_it_holds'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='hold_lifted_by_somebody')],
        },
    ),
    migrations.CreateModel(
        name='RetentionRule',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('number', models.PositiveIntegerField()),
            ('content_days', models.PositiveIntegerField(null=True)),
            ('documents_days', models.PositiveIntegerField(null=True)),
            ('notes_days', models.PositiveIntegerField(null=True)),
            ('item_days', models.PositiveIntegerField(null=True)),
            ('digest', models.CharField(max_length=64)),
            ('created_at', models.DateTimeField()),
            ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('process', 'number'), name='retention_number_once'), models.CheckConstraint(condition=models.Q(('content_days__isnull', True), models.Q(('content_days__gt', 0), ('item_days__isnull', True)), models.Q(('content_days__gt', 0), ('content_days__lte', models.F('item_days'))), _connector='OR'), name='retention_content_within_item'), models.CheckConstraint(condition=models.Q(('documents_days__isnull', True), models.Q(('documents_days__gt', 0), ('item_days__isnull', True)), models.Q(('documents_days__gt', 0), ('documents_days__lte', models.F('item_days'))), _connector='OR'), name='retention_documents_within_item'), models.CheckConstraint(condition=models.Q(('notes_days__isnull', True), models.Q(('item_days__isnull', True), ('notes_days__gt', 0)), models.Q(('notes_days__gt', 0), ('notes_days__lte', models.F('item_days'))), _connector='OR'), name='retention_notes_within_item'), models.CheckConstraint(condition=models.Q(('item_days__isnull', True), ('item_days__gt', 0), _connector='OR'), name='retention_item_days')],
        },
    ),
    migrations.CreateModel(
        name='Policy',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('slug', models.SlugField(max_length=60, unique=True)),
            ('title', models.CharField(max_length=120)),
            ('created_at', models.DateTimeField()),
            ('process', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='governance.process')),
        ],
        options={
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='PolicyVersion',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('number', models.PositiveIntegerField()),
            ('text', models.TextField()),
            ('digest', models.CharField(max_length=64)),
            ('change', models.CharField(blank=True, max_length=300)),
            ('written_at', models.DateTimeField()),
            ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='governance.policy')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('policy', 'number'), name='policy_number_once'), models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='policy_digest_is_sha256')],
        },
    ),
    migrations.CreateModel(
        name='Reveal',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('item', models.UUIDField()),
            ('field', models.CharField(max_length=300)),
            ('kind', models.CharField(max_length=12)),
            ('purpose', models.CharField(max_length=500)),
            ('task', models.UUIDField(null=True)),
            ('at', models.DateTimeField()),
            ('until', models.DateTimeField()),
            ('ended_at', models.DateTimeField(null=True)),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reveals', to=settings.AUTH_USER_MODEL)),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reveals', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(fields=['item', 'id'], name='reveal_by_item'), models.Index(fields=['person', 'at'], name='reveal_by_person'), models.Index(fields=['process', 'id'], name='reveal_by_process'), models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['until'], name='reveal_to_end')],
            'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('item', 'person', 'field'), name='one_open_reveal_a_field'), models.CheckConstraint(condition=models.Q(('until__gt', models.F('at')), ('until__lte', django.db.models.expressions.CombinedExpression(models.F('at'), '+', models.Value(datetime.timedelta(seconds=900))))), name='reveal_is_short'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), models.Q(('ended_at__gte', models.F('at')), ('ended_at__lte', models.F('until'))), _connector='OR'), name='reveal_ends_in_time'), models.CheckConstraint(condition=models.Q(('purpose', ''), _negated=True), name='reveal_has_a_purpose')],
        },
    ),
    migrations.CreateModel(
        name='AccessReview',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('started_at', models.DateTimeField()),
            ('due_at', models.DateTimeField()),
            ('finished_at', models.DateTimeField(blank=True, null=True)),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='governance.process')),
            ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True)), fields=('process',), name='one_open_access_review'), models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('started_at'))), name='access_review_due_later')],
        },
    ),
    migrations.CreateModel(
        name='AccessReviewLine',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('role', models.CharField(blank=True, max_length=30)),
            ('last_sign_in_at', models.DateTimeField(blank=True, null=True)),
            ('answer', models.CharField(blank=True, choices=[('confirm', 'confirmed'), ('revoke', 'taken back')], max_length=10)),
            ('answered_at', models.DateTimeField(blank=True, null=True)),
            ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='governance.accessreview')),
            ('key', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='governance.apikey')),
            ('last_act_at', models.DateTimeField(blank=True, null=True)),
        ],
        options={
            'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at__isnull', True), ('answered_by__isnull', True)), models.Q(('answer__in', ['confirm', 'revoke']), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='access_answer_whole'), models.UniqueConstraint(condition=models.Q(('key__isnull', True)), fields=('review', 'person', 'role'), name='one_line_a_role_held'), models.UniqueConstraint(fields=('review', 'key'), name='one_line_a_key'), models.CheckConstraint(condition=models.Q(models.Q(('key__isnull', True), ('person__isnull', False), models.Q(('role', ''), _negated=True)), models.Q(('key__isnull', False), ('role', '')), _connector='OR'), name='access_line_of_a_role_or_a_key'), models.CheckConstraint(condition=models.Q(('answered_by__isnull', True), ('person__isnull', True), models.Q(('answered_by', models.F('person')), _negated=True), _connector='OR'), name='nobody_reviews_their_own_access')],
        },
    ),
    migrations.CreateModel(
        name='Duty',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('first', models.CharField(max_length=30)),
            ('second', models.CharField(max_length=30)),
        ],
        options={
            'verbose_name_plural': 'duties',
            'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='one_row_a_duty'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='duty_in_order')],
        },
    ),
    migrations.CreateModel(
        name='RoleGrant',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('role', models.CharField(max_length=30)),
            ('since', models.DateTimeField()),
            ('until', models.DateTimeField(blank=True, null=True)),
            ('reason', models.CharField(blank=True, max_length=500)),
            ('ended_at', models.DateTimeField(blank=True, null=True)),
            ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='governance.process')),
            ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='role_grants', to=settings.AUTH_USER_MODEL)),
            ('end_reason', models.CharField(blank=True, db_default='', default='', max_length=500)),
        ],
        options={
            'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True), ('until__isnull', False)), fields=['until'], name='grant_due'), models.Index(fields=['process', 'role'], name='grant_of_process')],
            'constraints': [models.CheckConstraint(condition=models.Q(('granted_by__isnull', True), models.Q(('granted_by', models.F('user')), _negated=True), _connector='OR'), name='nobody_grants_their_own_role'), models.CheckConstraint(condition=models.Q(('ended_by__isnull', True), models.Q(('ended_by', models.F('user')), _negated=True), _connector='OR'), name='nobody_ends_their_own_role'), models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gt', models.F('since')), _connector='OR'), name='role_ends_after_it_began'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('user', 'role', 'process'), name='one_open_grant'), models.CheckConstraint(condition=models.Q(('end_reason', ''), ('ended_at__isnull', False), _connector='OR'), name='a_reason_to_end_ends')],
        },
    ),
    migrations.CreateModel(
        name='Incident',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('number', models.PositiveIntegerField(unique=True)),
            ('title', models.CharField(max_length=200)),
            ('severity', models.PositiveSmallIntegerField(choices=[(1, 'critical'), (2, 'high'), (3, 'moderate'), (4, 'low')])),
            ('state', models.CharField(choices=[('open', 'open'), ('contained', 'contained'), ('resolved', 'resolved'), ('closed', 'closed')], default='open', max_length=10)),
            ('source', models.CharField(default='person', max_length=60)),
            ('details', models.JSONField(default=dict)),
            ('opened_at', models.DateTimeField()),
            ('opened_by', models.CharField(max_length=120)),
            ('contained_at', models.DateTimeField(null=True)),
            ('resolved_at', models.DateTimeField(null=True)),
            ('closed_at', models.DateTimeField(null=True)),
            ('summary', models.TextField(blank=True)),
            ('cause', models.TextField(blank=True)),
            ('impact', models.TextField(blank=True)),
            ('measures', models.TextField(blank=True)),
            ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('process', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(fields=['process', '-number'], name='incident_by_process')],
            'constraints': [models.CheckConstraint(condition=models.Q(('severity__gte', 1), ('severity__lte', 4)), name='incident_severity_known'), models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'contained']), models.Q(('source', 'person'), _negated=True)), fields=('source', 'process'), name='one_open_incident_an_alarm', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('state', 'resolved')), models.Q(('closed_at__isnull', False), ('resolved_at__isnull', False), ('state', 'closed')), models.Q(('resolved_at__isnull', True), ('state__in', ['open', 'contained'])), _connector='OR'), name='incident_ends_in_order')],
        },
    ),
    migrations.CreateModel(
        name='Playbook',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('slug', models.SlugField(max_length=60)),
            ('number', models.PositiveIntegerField()),
            ('name', models.CharField(max_length=120)),
            ('use_when', models.TextField()),
            ('steps', models.JSONField()),
            ('digest', models.CharField(max_length=64)),
            ('created_at', models.DateTimeField()),
            ('created_by', models.CharField(max_length=120)),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('slug', 'number'), name='playbook_number_once')],
        },
    ),
    migrations.CreateModel(
        name='PlaybookRun',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('started_at', models.DateTimeField()),
            ('ended_at', models.DateTimeField(null=True)),
            ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='playbook_runs', to='governance.incident')),
            ('playbook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='governance.playbook')),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.process')),
            ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='StepRun',
        fields=[
            ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ('position', models.PositiveSmallIntegerField()),
            ('step', models.JSONField()),
            ('state', models.CharField(choices=[('waiting', 'not done yet'), ('done', 'done'), ('failed', 'could not be done'), ('skipped', 'left out')], default='waiting', max_length=10)),
            ('at', models.DateTimeField(null=True)),
            ('outcome', models.CharField(blank=True, max_length=500)),
            ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='governance.playbookrun')),
        ],
        options={
            'ordering': ['position'],
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('run', 'position'), name='step_position_once'), models.CheckConstraint(condition=models.Q(('state', 'waiting'), models.Q(('actor__isnull', False), ('at__isnull', False)), _connector='OR'), name='step_says_who')],
        },
    ),
    migrations.CreateModel(
        name='ThresholdOverride',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('floor', models.FloatField()),
            ('reason', models.CharField(max_length=500)),
            ('since', models.DateTimeField()),
            ('started_by', models.CharField(max_length=120)),
            ('until', models.DateTimeField(null=True)),
            ('ended_by', models.CharField(blank=True, max_length=120)),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='threshold_overrides', to='governance.process')),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('process',), name='one_threshold_override_a_process'), models.CheckConstraint(condition=models.Q(('floor__gt', 0), ('floor__lte', 1)), name='threshold_floor_range')],
        },
    ),
    migrations.CreateModel(
        name='Training',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('title', models.CharField(max_length=200)),
            ('completed_on', models.DateField()),
            ('valid_until', models.DateField(null=True)),
            ('recorded_at', models.DateTimeField()),
            ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trainings', to='governance.process')),
            ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trainings', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
            'constraints': [models.UniqueConstraint(fields=('user', 'process', 'title', 'completed_on'), name='training_once'), models.CheckConstraint(condition=models.Q(('user', models.F('recorded_by')), _negated=True), name='training_attested_by_another'), models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('completed_on')), _connector='OR'), name='training_holds_after')],
        },
    ),
    migrations.CreateModel(
        name='SignInCount',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('scope', models.CharField(choices=[('pair', 'this name from this address'), ('name', 'this name from anywhere'), ('address', 'this address, whatever the name'), ('device', 'this name from a browser it was used in before'), ('code', 'codes and passwords asked for after the first')], max_length=10)),
            ('digest', models.BinaryField(max_length=32)),
            ('about', models.BinaryField(max_length=32, null=True)),
            ('failures', models.PositiveIntegerField(default=0)),
            ('last_at', models.DateTimeField()),
            ('blocked_until', models.DateTimeField(null=True)),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(fields=['about'], name='counts_about'), models.Index(fields=['last_at'], name='counts_by_age')],
            'constraints': [models.UniqueConstraint(fields=('scope', 'digest'), name='one_count_a_key')],
        },
    ),
    migrations.CreateModel(
        name='Intervention',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('kind', models.CharField(choices=[('sessions_ended', 'ended sessions'), ('factor_reset', 'reset the second factor'), ('wait_lifted', 'lifted the wait')], max_length=20)),
            ('reason', models.CharField(max_length=500)),
            ('at', models.DateTimeField()),
            ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(fields=['user', '-at'], name='interventions_of')],
            'constraints': [models.CheckConstraint(condition=models.Q(('actor__isnull', True), models.Q(('actor', models.F('user')), _negated=True), _connector='OR'), name='nobody_intervenes_for_themselves')],
        },
    ),
    migrations.CreateModel(
        name='PersonSession',
        fields=[
            ('id', models.UUIDField(default=governance.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
            ('session_key', models.CharField(max_length=40, unique=True)),
            ('method', models.CharField(max_length=40)),
            ('browser', models.CharField(max_length=60)),
            ('address', models.CharField(max_length=50)),
            ('started_at', models.DateTimeField()),
            ('seen_at', models.DateTimeField()),
            ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'default_permissions': (),
            'indexes': [models.Index(fields=['started_at'], name='session_by_start')],
        },
    ),
    migrations.CreateModel(
        name='ProcessKey',
        fields=[
            ('process', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='governance.process')),
            ('wrapped', models.BinaryField(max_length=70000)),
            ('created_at', models.DateTimeField(auto_now_add=True)),
        ],
        options={
            'default_permissions': (),
        },
    ),
]


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('governance', '0001_initial'),
        ('governance', '0002_ledger_guards'),
        ('governance', '0003_person_keys'),
        ('governance', '0004_download_documents'),
        ('governance', '0005_approvals'),
        ('governance', '0006_approval_guards'),
        ('governance', '0007_approvals_tighter'),
        ('governance', '0008_cards'),
        ('governance', '0009_cards_guards'),
        ('governance', '0010_audit'),
        ('governance', '0011_audit_indexes'),
        ('governance', '0012_privacy'),
        ('governance', '0013_privacy_guards'),
        ('governance', '0014_gate_policies'),
        ('governance', '0015_masking'),
        ('governance', '0016_masking_guards'),
        ('governance', '0017_access'),
        ('governance', '0018_access_guards'),
        ('governance', '0019_incidents'),
        ('governance', '0020_reports_training'),
        ('governance', '0021_keys'),
        ('governance', '0022_keys_guards'),
        ('governance', '0023_signin'),
        ('governance', '0024_vault'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateModels(MODELS),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='contract_is_immutable', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1aac47965f6d03448f2e71815900fb11ae73e4c7', operation='UPDATE OR DELETE', pgid='pgtrigger_contract_is_immutable_a76f7', table='governance_contract', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='modelversion',
            trigger=pgtrigger.compiler.Trigger(name='model_version_is_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='244fc8cbb9592ae203ed9a729c0ea26fc10e970c', operation='UPDATE OR DELETE', pgid='pgtrigger_model_version_is_frozen_12c63', table='governance_modelversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='playbook',
            trigger=pgtrigger.compiler.Trigger(name='playbook_is_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6b4b9db5862cae0a0fb8b528f81a07ade3d91bde', operation='UPDATE OR DELETE', pgid='pgtrigger_playbook_is_frozen_4b4ae', table='governance_playbook', when='BEFORE')),
        ),
        LEDGER,
        APPROVALS,
        CARDS,
        PRIVACY,
        POLICIES,
        ACCESS,
    ]
