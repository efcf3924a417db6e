"""Signing what the tree says now, so that nobody can later say that it said something else."""

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.ledger.keys import signing_key
from governance.ledger.models import Checkpoint
from governance.ledger.nodes import root, tree_size
from governance.ledger.notes import Statement, Verifier, sign

_LOCK = 0x1ED6E2_0002


class LedgerInconsistent(RuntimeError):
    """The stored tree contradicts a checkpoint signed earlier; nothing more is signed."""


@transaction.atomic
def checkpoint() -> Checkpoint | None:
    """Sign the present size and root; None when nothing is new or another process is signing.

    The root at the last checkpoint's size is computed again first: a tree that was rewritten gets
    no new signature. Raises LedgerInconsistent then, and ImproperlyConfigured without a key.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
    size = tree_size()
    last = Checkpoint.objects.order_by("-size").first()
    known = 0 if last is None else last.size
    if size == known:
        return None
    if last is not None and (size < known or root(known) != bytes(last.root)):
        raise LedgerInconsistent(
            f"The first {known} leaves no longer have the root that was signed at {last.at}; "
            "run `manage.py ledger verify`."
        )
    statement = Statement(origin=settings.LEDGER_ORIGIN, size=size, root=root(size))
    key = signing_key()
    return Checkpoint.objects.create(
        size=size,
        root=statement.root,
        at=timezone.now(),
        origin=statement.origin,
        key_id=Verifier.of(statement.origin, key.public_key()).id.hex(),
        note=sign(statement, key),
    )
