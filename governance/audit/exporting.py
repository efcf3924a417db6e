"""Asking for a bundle, making it, and removing it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance.audit import bundle
from governance.audit.bundle import Made, Scope
from governance.audit.models import Export
from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.ledger.checkpoints import LedgerInconsistent, checkpoint
from governance.ledger.models import Checkpoint
from governance.ledger.sequencing import sequence

LEASE = timedelta(minutes=5)  # renewed with every chunk of leaves
OPEN_AT_ONCE = 3  # bundles of one person that wait or are being made
_WORKING = (Export.State.REQUESTED, Export.State.RUNNING)


class NothingSealed(Conflict):
    """The ledger has no signed checkpoint yet."""

    code = "nothing_sealed"


@transaction.atomic
def request(
    *, process: str | None, since: datetime | None, until: datetime | None, actor: str
) -> Export:
    """Ask for a bundle of a process, or of all where it is None; until is exclusive.

    Raises InvalidInput for an unknown process or a period that does not go forwards, Conflict
    where the actor waits for several already.
    """
    problems = {}
    if process is not None and not Process.objects.filter(pk=process).exists():
        problems["process"] = "There is no such process."
    if since is not None and until is not None and until <= since:
        problems["until"] = "It ends before it begins."
    if problems:
        raise InvalidInput("This bundle cannot be made.", problems)
    if Export.objects.filter(actor=actor, state__in=_WORKING).count() >= OPEN_AT_ONCE:
        raise Conflict("Wait until the bundles that you asked for are made.")
    made = Export.objects.create(
        process_id=process, since=since, until=until, actor=actor, requested_at=timezone.now()
    )
    ledger.append(
        "audit.export_requested", process=process, actor=actor, data={"export": str(made.pk)}
    )
    from governance.audit.jobs import export  # it imports this module

    export.delay_on_commit(str(made.pk))
    return made


def path_of(export: Export) -> Path:
    """Where a bundle's file lies while it is ready."""
    return Path(settings.EXPORT_DIR) / f"{export.pk}.zip"


def name_of(export: Export) -> str:
    """What the file is called when it is downloaded."""
    return f"countersign-{export.process_id or 'all'}-{export.requested_at:%Y-%m-%d}.zip"


def make(export_id: UUID) -> bool:
    """Make a bundle that was asked for; False where another worker has it, or it is made."""
    export = _take(export_id)
    if export is None:
        return False
    scope = Scope(export.process_id, export.since, export.until)
    try:
        size = seal()
        Export.objects.filter(pk=export.pk).update(size=size)

        def progress(leaves: int) -> None:
            lease = timezone.now() + LEASE
            Export.objects.filter(pk=export.pk).update(done=leaves, lease_until=lease)

        made = bundle.write(
            path_of(export),
            scope,
            actor=export.actor,
            now=timezone.now(),
            size=size,
            progress=progress,
        )
    except (OSError, ImproperlyConfigured, LedgerInconsistent, NothingSealed) as error:
        _fail(export, str(error))
        return False
    _finish(export, made)
    return True


def seal() -> int:
    """Sequence and sign what is written by now; gives the newest checkpoint's size."""
    sequence()
    checkpoint()
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first()
    if newest is None:
        raise NothingSealed("The ledger has no signed checkpoint yet; try again in a minute.")
    return newest


def exported(scope: Scope, made: Made, *, actor: str, export_id: UUID | None = None) -> None:
    """The ledger's line about a bundle, with the digest that makes it known again."""
    ledger.append(
        "audit.exported",
        process=scope.process,
        actor=actor,
        data={
            "export": None if export_id is None else str(export_id),
            "since": None if scope.since is None else scope.since.isoformat(),
            "until": None if scope.until is None else scope.until.isoformat(),
            "entries": made.entries,
            "size": made.size,
            "manifest_sha256": made.manifest_digest,
        },
    )


@transaction.atomic
def downloaded(export: Export, *, actor: str) -> Path:
    """Record that somebody takes a bundle; gives its file. Raises Conflict where it is gone."""
    path = path_of(export)
    if export.state != Export.State.READY or not path.exists():
        raise Conflict("This bundle is not there any more; ask for it again.")
    ledger.append(
        "audit.downloaded",
        process=export.process_id,
        actor=actor,
        data={"export": str(export.pk), "manifest_sha256": export.manifest_digest},
    )
    return path


def due() -> list[UUID]:
    """Bundles that were asked for and are made by nobody."""
    now = timezone.now()
    idle = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    found = Export.objects.filter(idle, state__in=_WORKING).order_by("requested_at")
    return list(found.values_list("pk", flat=True)[:10])


def remove_old() -> int:
    """Delete the files of bundles that are older than EXPORT_DAYS; returns how many."""
    since = timezone.now() - timedelta(days=settings.EXPORT_DAYS)
    old = list(Export.objects.filter(state=Export.State.READY, requested_at__lt=since)[:100])
    for export in old:
        path_of(export).unlink(missing_ok=True)
        Export.objects.filter(pk=export.pk).update(state=Export.State.REMOVED)
    return len(old)


@transaction.atomic
def _take(export_id: UUID) -> Export | None:
    now = timezone.now()
    export = Export.objects.select_for_update().filter(pk=export_id, state__in=_WORKING).first()
    if export is None or (export.lease_until is not None and export.lease_until > now):
        return None
    export.state, export.lease_until = Export.State.RUNNING, now + LEASE
    export.save(update_fields=["state", "lease_until"])
    return export


@transaction.atomic
def _finish(export: Export, made: Made) -> None:
    export.state, export.finished_at = Export.State.READY, timezone.now()
    export.lease_until = None
    export.size, export.done, export.entries = made.size, made.size, made.entries
    export.size_bytes, export.manifest_digest = made.size_bytes, made.manifest_digest
    export.save()
    scope = Scope(export.process_id, export.since, export.until)
    exported(scope, made, actor=export.actor, export_id=export.pk)


def _fail(export: Export, why: str) -> None:
    Export.objects.filter(pk=export.pk).update(
        state=Export.State.FAILED, finished_at=timezone.now(), lease_until=None, error=why[:300]
    )
