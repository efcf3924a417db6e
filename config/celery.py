"""The Celery application; one queue per kind of work, so slow models never starve decisions."""

import os

from celery import Celery
from celery.signals import setup_logging

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

broker.install()
app = Celery("countersign", task_cls="config.hints:HintTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "review.items",
        "review.documents",
        "review.tasks",
        "review.effects",
        "review.gate",
        "review.notes",
        "review.notices",
        "review.shadows",
        "review.similar",
        "review.finding",
        "review.team",
        "review.bulk",
        "review.measuring",
        "review.subjects",
        "review.erasure",
        "review.incidents",
        "review.signin",
        "governance.approvals",
        "governance.audit",
        "governance.ledger",
        "governance.privacy.revealing",
        "governance.roles",
        "governance.signin",
    ],
    related_name="jobs",
)


@setup_logging.connect
def configure_telemetry(**kwargs: object) -> None:
    """Celery leaves the root logger alone where something listens to this signal."""
    from config import telemetry

    telemetry.start()


@app.on_after_configure.connect
def schedule(sender: Celery, **kwargs: object) -> None:
    """What beat sends; a lost tick costs nothing, the next one does the same work."""
    from django.conf import settings

    def every(seconds: float, task: str) -> dict[str, object]:
        # A tick that nobody took before the next one is due is worth nothing: it expires,
        # so that a worker that was away does not come back to a heap of them.
        return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 1)}}

    sender.conf.beat_schedule = {
        "sweep-items": every(settings.SWEEP_SECONDS, "review.items.jobs.sweep"),
        "sweep-documents": every(settings.SWEEP_SECONDS, "review.documents.jobs.sweep"),
        "sweep-blobs": every(3600, "review.documents.jobs.sweep_blobs"),
        "sweep-tasks": every(settings.SWEEP_SECONDS, "review.tasks.jobs.sweep"),
        "escalate-tasks": every(settings.SWEEP_SECONDS, "review.tasks.jobs.escalate"),
        "tell-mentions": every(settings.SWEEP_SECONDS, "review.notes.jobs.sweep"),
        "send-notices": every(settings.SWEEP_SECONDS, "review.notices.jobs.send"),
        "watch-queues": every(60, "review.notices.jobs.watch"),
        "tell-of-approvals": every(60, "review.notices.jobs.tell_of_approvals"),
        "tell-of-access": every(600, "review.notices.jobs.tell_of_access"),
        "sweep-effects": every(settings.EFFECT_SWEEP_SECONDS, "review.effects.jobs.sweep"),
        "sweep-gate": every(settings.SWEEP_SECONDS, "review.gate.jobs.sweep"),
        "remember-cases": every(settings.FOLLOW_SECONDS, "review.similar.jobs.follow"),
        "index-items": every(settings.FOLLOW_SECONDS, "review.finding.jobs.follow"),
        "add-up-work": every(settings.FOLLOW_SECONDS, "review.team.jobs.follow"),
        "sweep-runs": every(settings.SWEEP_SECONDS, "review.bulk.jobs.sweep"),
        "measure-models": every(300, "review.measuring.jobs.sweep"),
        "draw-for-shadows": every(settings.FOLLOW_SECONDS, "review.shadows.jobs.follow"),
        "ask-shadows": every(settings.FOLLOW_SECONDS, "review.shadows.jobs.work"),
        "compare-shadows": every(300, "review.shadows.jobs.compare"),
        "index-subjects": every(settings.FOLLOW_SECONDS, "review.subjects.jobs.follow"),
        "sweep-erasures": every(settings.SWEEP_SECONDS, "review.erasure.jobs.sweep"),
        "retain": every(3600, "review.erasure.jobs.retain"),
        "watch-effects": every(60, "review.incidents.jobs.watch_effects"),
        "lapse-approvals": every(settings.SWEEP_SECONDS, "governance.approvals.jobs.lapse"),
        "end-reveals": every(
            settings.SWEEP_SECONDS, "governance.privacy.revealing.jobs.end_reveals"
        ),
        "end-roles": every(settings.SWEEP_SECONDS, "governance.roles.jobs.end_due"),
        "mail-passwords": every(settings.SWEEP_SECONDS, "review.signin.jobs.mail"),
        "tidy-sign-ins": every(3600, "governance.signin.jobs.tidy"),
        "sequence-ledger": every(settings.SEQUENCE_SECONDS, "governance.ledger.jobs.sequence"),
        "checkpoint-ledger": every(
            settings.CHECKPOINT_SECONDS, "governance.ledger.jobs.checkpoint"
        ),
        "witness-checkpoints": every(settings.CHECKPOINT_SECONDS, "governance.audit.jobs.witness"),
        "verify-ledger": every(
            min(300, settings.LEDGER_VERIFY_SECONDS), "governance.audit.jobs.verify"
        ),
        "tend-exports": every(60, "governance.audit.jobs.tend_exports"),
    }


app.conf.task_routes = {
    "review.items.jobs.propose": {"queue": "inference"},
    "review.shadows.jobs.work": {"queue": "inference"},
    "review.items.jobs.*": {"queue": "intake"},
    "review.documents.jobs.read": {"queue": "documents"},
    "review.effects.jobs.*": {"queue": "effects"},
    "review.gate.jobs.check": {"queue": "inference"},
    "*": {"queue": "maintenance"},
}
