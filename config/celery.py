"""The Celery application; one queue per kind of work, so slow models never starve decisions."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["review.items", "review.tasks", "review.effects", "governance.ledger"],
    related_name="jobs",
)


@app.on_after_configure.connect
def schedule(sender: Celery, **kwargs: object) -> None:
    from django.conf import settings

    sender.conf.beat_schedule = {
        "sweep-items": {"task": "review.items.jobs.sweep", "schedule": settings.SWEEP_SECONDS},
        "sweep-tasks": {"task": "review.tasks.jobs.sweep", "schedule": settings.SWEEP_SECONDS},
        "sweep-effects": {"task": "review.effects.jobs.sweep", "schedule": settings.SWEEP_SECONDS},
        "sequence-ledger": {
            "task": "governance.ledger.jobs.sequence",
            "schedule": settings.SEQUENCE_SECONDS,
        },
        "checkpoint-ledger": {
            "task": "governance.ledger.jobs.checkpoint",
            "schedule": settings.CHECKPOINT_SECONDS,
        },
    }


app.conf.task_routes = {
    "review.items.jobs.propose": {"queue": "inference"},
    "review.items.jobs.*": {"queue": "intake"},
    "review.effects.jobs.*": {"queue": "effects"},
    "*": {"queue": "maintenance"},
}
