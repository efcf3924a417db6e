"""The record itself: since when it is kept, how far it is sealed."""

from governance.models import Checkpoint, Entry
from review.reports.model import Scope, Table
from review.reports.saying import moment


def tables(scope: Scope) -> list[Table]:
    first = Entry.objects.order_by("id").first()
    checkpoint = Checkpoint.objects.order_by("-size").first()
    in_period = Checkpoint.objects.filter(at__gte=scope.since, at__lt=scope.until)
    size = in_period.order_by("-size").values_list("size", flat=True).first()
    rows = [
        ("First entry", moment(first.at) if first else "none"),
        ("Entries sealed at the end of the period", str(size or "no checkpoint in the period")),
        ("Checkpoints signed in the period", str(in_period.count())),
    ]
    if checkpoint is not None:
        rows += [
            ("Newest checkpoint", f"{moment(checkpoint.at)}, {checkpoint.size} entries"),
            ("Its root (SHA-256)", bytes(checkpoint.root).hex()),
            ("Ledger", checkpoint.origin),
        ]
    note = (
        "Entries are never changed or removed; each checkpoint is a signed Merkle root over all "
        "entries before it. Verify with `manage.py ledger verify`."
    )
    return [Table("Automatic logs", ("What", "Value"), rows, note)]
