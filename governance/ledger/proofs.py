"""Inclusion and consistency proofs of RFC 9162 (2.1.3, 2.1.4), and how anyone checks them.

Making a proof takes two steps, so that the nodes can be fetched in one query: `*_spans` names the
spans whose roots are the proof, and `tree.fold` gives each root. Checking needs only the hashes.
"""

from collections.abc import Callable, Sequence

from governance.ledger.tree import Span, fold, node_hash, nodes_of_all, split

Fetch = Callable[[set[tuple[int, int]]], dict[tuple[int, int], bytes]]


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Spans beside the way from leaf `index` up to the root of `size` leaves, lowest first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among the first {size}")
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """Spans that show the first `old` leaves to be unchanged among the first `new`."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {new} leaves does not extend one of {old}")
    spans: list[Span] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, whole = middle, False
    if not whole:
        spans.append((start, end))
    return spans[::-1]


def inclusion_proof(index: int, size: int, fetch: Fetch) -> list[bytes]:
    """Hashes proving leaf `index` in the tree of `size`; `fetch` maps wanted nodes to hashes."""
    return _fold_all(inclusion_spans(index, size), fetch)


def consistency_proof(old: int, new: int, fetch: Fetch) -> list[bytes]:
    """Hashes proving that the tree of `new` leaves extends the tree of `old`."""
    return _fold_all(consistency_spans(old, new), fetch)


def _fold_all(spans: list[Span], fetch: Fetch) -> list[bytes]:
    hashes = fetch(nodes_of_all(spans))
    return [fold(span, hashes) for span in spans]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf hash at `index` under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling)
        at >>= 1
        last >>= 1
    return last == 0 and found == root


def extends(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows the new tree to begin with the old one (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    old_found = new_found = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_found = node_hash(sibling, old_found)
            new_found = node_hash(sibling, new_found)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            new_found = node_hash(new_found, sibling)
        at >>= 1
        last >>= 1
    return last == 0 and old_found == old_root and new_found == new_root
