"""Reading the stored tree."""

from collections import defaultdict

from django.db import connection

from governance.ledger.tree import Node, fold, nodes_of


def tree_size() -> int:
    """How many leaves are sequenced."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM governance_leaf")
        size: int = cursor.fetchone()[0]
    return size


def fetch(nodes: set[Node]) -> dict[Node, bytes]:
    """Hashes of the wanted nodes, in one query; raises LookupError where one is not stored."""
    found = find(nodes)
    missing = nodes - found.keys()
    if missing:
        level, index = min(missing)
        raise LookupError(f"The ledger's tree has no node at level {level}, index {index}.")
    return found


def find(nodes: set[Node]) -> dict[Node, bytes]:
    """Hashes of those wanted nodes that are stored, in one query."""
    if not nodes:
        return {}
    wanted: dict[bool, list[Node]] = defaultdict(list)
    for node in nodes:
        wanted[node[0] == 0].append(node)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 0, index, hash FROM governance_leaf WHERE index = ANY(%s::bigint[]) UNION ALL"
            " SELECT n.level, n.index, n.hash FROM governance_node n"
            " JOIN unnest(%s::smallint[], %s::bigint[]) AS w(level, index) USING (level, index)",
            [
                [index for _, index in wanted[True]],
                [level for level, _ in wanted[False]],
                [index for _, index in wanted[False]],
            ],
        )
        return {(level, index): bytes(digest) for level, index, digest in cursor.fetchall()}


def root(size: int) -> bytes:
    """The Merkle root of the first `size` leaves, from O(log size) stored nodes."""
    return fold((0, size), fetch(set(nodes_of((0, size)))))
