"""Giving entries their places: one sequencer at a time, behind the writers and never before them.

Writers leave an outbox row in their own transaction. Draining takes whatever rows are committed
and deletes them, so one committed late is merely taken later; a cursor over ids would skip it.
An advisory lock serialises, since the application's role may not lock rows of the ledger.
"""

from django.db import connection, transaction

from governance.ledger.nodes import fetch, tree_size
from governance.ledger.tree import extend, leaf_hash, nodes_of

_LOCK = 0x1ED6E2_0001  # any constant of our own; see also checkpoints.py
BATCH = 5_000  # entries in one transaction; holds about 2 MB and 150 ms


def sequence(limit: int = BATCH) -> int:
    """Move what the outbox holds into the tree, `limit` entries to a transaction, until it is dry.

    Returns how many entries got their index; 0 also when another sequencer is at work.
    """
    total = 0
    while True:
        moved = _sequence_batch(limit)
        total += moved
        if moved < limit:
            return total


@transaction.atomic
def _sequence_batch(limit: int) -> int:
    # Django wraps the errors of execute() only; those of COPY need to be asked for.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            "WITH taken AS (DELETE FROM governance_outbox WHERE id IN"
            " (SELECT id FROM governance_outbox ORDER BY id LIMIT %s) RETURNING id, entry, hash)"
            " SELECT entry, hash FROM taken ORDER BY id",
            [limit],
        )
        taken = cursor.fetchall()
        if not taken:
            return 0
        size = tree_size()
        leaves = [leaf_hash(digest) for _, digest in taken]
        made = extend(size, leaves, fetch(set(nodes_of((0, size)))))
        with cursor.copy(
            "COPY governance_leaf (index, entry, hash) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(["int8", "uuid", "bytea"])
            for index, ((entry, _), digest) in enumerate(zip(taken, leaves, strict=True), size):
                copy.write_row((index, entry, digest))
        with cursor.copy(
            "COPY governance_node (level, index, hash) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(["int2", "int8", "bytea"])
            for (level, index), digest in made.items():
                copy.write_row((level, index, digest))
    return len(taken)
