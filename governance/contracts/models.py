"""A process and the numbered, immutable versions of its agreement."""

import pgtrigger
from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class Process(models.Model):
    """A business process under automation; the slug is its name everywhere."""

    class Stage(models.TextChoices):
        SHADOW = "shadow", "shadow"
        ASSISTED = "assisted", "assisted"
        PARTIAL = "partial", "partial"
        FULL = "full", "full"

    slug = models.SlugField(primary_key=True, max_length=60)
    title = models.CharField(max_length=120)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.ASSISTED)
    is_paused = models.BooleanField(default=False)
    contract = models.ForeignKey(
        "governance.Contract", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_items", "sees items, their timeline and lineage"),
            ("submit_items", "hands items in"),
            ("download_documents", "downloads original documents, with a reason"),
            ("serve_operator", "serves operators' queues"),
            ("serve_senior_reviewer", "serves senior reviewers' queues"),
            ("serve_compliance_officer", "serves compliance queues"),
            ("reassign_tasks", "gives tasks to others"),
            ("override_decisions", "undoes and amends decisions of others"),
            ("operate_effects", "sees and retries failed effects"),
            ("change_stage", "changes stage, pauses and resumes"),
            ("apply_contracts", "applies contract versions"),
            ("manage_models", "trains and deploys model versions"),
            ("view_ledger", "reads the ledger of the process"),
            ("view_metrics", "reads the numbers of the process"),
            ("view_governance", "sees models, approvals, policies and incidents"),
            ("request_approvals", "asks for approvals"),
            ("give_approvals", "signs approvals in the roles held"),
            ("manage_policies", "writes policies and rules of retention"),
            ("handle_incidents", "opens and handles incidents, runs playbooks"),
            ("halt_automation", "halts the process and lets it go on"),
            ("manage_access", "gives and takes roles, reviews access"),
            ("reveal_personal", "uncovers masked personal data, with a purpose"),
            ("erase_personal", "erases personal data and sets legal holds"),
            ("export_audit", "exports bundles for auditors, and reports"),
        ]
        verbose_name_plural = "processes"
        constraints = [
            models.CheckConstraint(
                name="process_stage_known",
                condition=Q(stage__in=["shadow", "assisted", "partial", "full"]),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Contract(models.Model):
    """One immutable version. `body` is the validated agreement, `source` the YAML as applied."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="contracts")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    source = models.TextField()
    body = models.JSONField()
    applied_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["process", "number"]
        constraints = [
            models.UniqueConstraint(fields=["process", "number"], name="contract_number_once")
        ]
        triggers = [
            pgtrigger.Protect(
                name="contract_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.process_id} v{self.number}"
