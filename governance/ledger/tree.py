"""The shape of an RFC 9162 Merkle tree: hashes, and which full subtrees make up what.

A node (level, index) is the root of the full subtree of 2**level leaves that starts at leaf
index * 2**level; level 0 are the leaves. Nodes never change once they are full, so everything a
root or a proof needs is O(log n) of them. Pure: no database.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256

Node = tuple[int, int]  # level, index
Span = tuple[int, int]  # first leaf, end (exclusive); the start is a multiple of the largest
# power of two below its length, as RFC 9162 splits

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry_hash: bytes) -> bytes:
    return sha256(b"\x00" + entry_hash).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def split(length: int) -> int:
    """The largest power of two below `length` (which is at least 2)."""
    return 1 << ((length - 1).bit_length() - 1)


def nodes_of(span: Span) -> list[Node]:
    """The full subtrees that make up a span, from left (large) to right (small)."""
    start, end = span
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def nodes_of_all(spans: Iterable[Span]) -> set[Node]:
    return {node for span in spans for node in nodes_of(span)}


def fold(span: Span, hashes: Mapping[Node, bytes]) -> bytes:
    """The root over a span, given the hashes of `nodes_of(span)`."""
    nodes = nodes_of(span)
    if not nodes:
        return EMPTY_ROOT
    root = hashes[nodes[-1]]
    for node in reversed(nodes[:-1]):
        root = node_hash(hashes[node], root)
    return root


def extend(size: int, leaves: list[bytes], edge: Mapping[Node, bytes]) -> dict[Node, bytes]:
    """The nodes above level 0 that become full when `leaves` follow the first `size` leaves.

    `edge` holds the hashes of `nodes_of((0, size))`. Hashes once per new node.
    """
    made: dict[Node, bytes] = {}
    row, start, level = leaves, size, 0
    while row:
        if start & 1:
            row = [edge[(level, start - 1)], *row]
            start -= 1
        pairs = zip(row[::2], row[1::2], strict=False)
        row = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        start >>= 1
        level += 1
        made.update(zip(((level, start + at) for at in range(len(row))), row, strict=True))
    return made
