"""A tree that grows leaf by leaf and remembers only its peaks, O(log n) hashes."""

from hashlib import sha256

from governance.ledger.tree import EMPTY_ROOT, node_hash


class Peaks:
    """Roots of the full subtrees that make up the leaves so far, from left to right.

    `broken` says that a leaf was missing; no root or node is computed from then on.
    """

    def __init__(self) -> None:
        self.size = 0
        self.broken = False
        self._peaks: list[bytes] = []

    def add(self, index: int, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Take the leaf at `index`; returns (level, index, hash) of each node it made full."""
        self.size = index + 1
        if self.broken:
            return []
        made = []
        level, at, digest = 0, index, leaf
        while at & 1:
            digest = sha256(b"\x01" + self._peaks.pop() + digest).digest()
            level += 1
            at >>= 1
            made.append((level, at, digest))
        self._peaks.append(digest)
        return made

    def root(self) -> bytes:
        """The Merkle root of the leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root
