"""Trees and proofs against RFC 9162 written down word by word."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.ledger.peaks import Peaks
from governance.ledger.proofs import consistency_proof, extends, includes, inclusion_proof
from governance.ledger.tree import EMPTY_ROOT, extend, fold, leaf_hash, nodes_of


def mth(d):
    """RFC 9162, 2.1.1."""
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = largest(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m, d):
    """RFC 9162, 2.1.3.1."""
    if len(d) == 1:
        return []
    k = largest(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m, d, b):
    """RFC 9162, 2.1.4.1."""
    if m == len(d):
        return [] if b else [mth(d)]
    k = largest(len(d))
    if m <= k:
        return [*subproof(m, d[:k], b), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def largest(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def entries(count):
    return [bytes([number % 256, number // 256]) for number in range(count)]


def store(count, batches=()):
    """All nodes of a tree that grew by batches of the given lengths, then the rest at once."""
    leaves = [leaf_hash(entry) for entry in entries(count)]
    nodes, size = {}, 0
    for length in [*batches, count]:
        batch = leaves[size : size + length]
        edge = {node: nodes[node] for node in nodes_of((0, size))}
        nodes.update({(0, size + at): leaf for at, leaf in enumerate(batch)})
        nodes.update(extend(size, batch, edge))
        size += len(batch)
    return nodes


def fetcher(count):
    nodes = store(count)
    return lambda wanted: {node: nodes[node] for node in wanted}


SIZES = st.integers(1, 300)


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert fold((0, 0), {}) == EMPTY_ROOT == mth([]) == Peaks().root()


@given(SIZES, st.lists(st.integers(0, 80), max_size=8))
def test_growing_in_any_batches_gives_the_nodes_and_root_of_the_rfc(size, batches):
    nodes = store(size, batches)
    d = entries(size)
    assert len(nodes) == sum(size >> level for level in range(size.bit_length()))
    for (level, index), digest in nodes.items():
        assert digest == mth(d[index << level : (index + 1) << level])
    assert fold((0, size), nodes) == mth(d)


@given(SIZES)
def test_peaks_make_the_same_nodes_and_roots_leaf_by_leaf(size):
    nodes, peaks, made = store(size), Peaks(), []
    for index in range(size):
        made += peaks.add(index, nodes[(0, index)])
    assert peaks.root() == mth(entries(size))
    assert {(level, index): digest for level, index, digest in made} == {
        node: digest for node, digest in nodes.items() if node[0]
    }
    assert made == sorted(made, key=lambda node: ((node[1] + 1) << node[0], node[0]))


@given(SIZES, st.data())
def test_inclusion_is_proved_as_the_rfc_says_and_only_for_that_leaf_there(size, data):
    index = data.draw(st.integers(0, size - 1))
    d = entries(size)
    proof = inclusion_proof(index, size, fetcher(size))
    assert proof == path(index, d)
    leaf, root = leaf_hash(d[index]), mth(d)
    assert includes(leaf, index, size, proof, root)
    assert not includes(leaf_hash(b"other"), index, size, proof, root)
    assert not includes(leaf, index, size, [*proof, root], root)
    assert not includes(leaf, size, size, proof, root)
    assert not includes(leaf, index, size, proof, mth(entries(size + 1)))
    elsewhere = data.draw(st.integers(0, size - 1))
    assert includes(leaf, elsewhere, size, proof, root) == (elsewhere == index)
    if proof:
        assert not includes(leaf, index, size, proof[:-1], root)
        bad = data.draw(st.integers(0, len(proof) - 1))
        broken = [*proof[:bad], sha256(proof[bad]).digest(), *proof[bad + 1 :]]
        assert not includes(leaf, index, size, broken, root)


@given(SIZES, st.data())
def test_consistency_is_proved_as_the_rfc_says_and_only_for_those_trees(new, data):
    old = data.draw(st.integers(1, new))
    d = entries(new)
    proof = consistency_proof(old, new, fetcher(new))
    assert proof == subproof(old, d, True)
    old_root, new_root = mth(d[:old]), mth(d)
    assert extends(old, old_root, new, new_root, proof)
    assert not extends(old, mth([b"other", *d[1:old]]), new, new_root, proof)
    assert not extends(old, old_root, new, mth([b"other", *d[1:]]), proof)
    assert not extends(old, old_root, new, new_root, [*proof, new_root])
    if proof:
        assert not extends(old, old_root, new, new_root, proof[:-1])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_for_a_leaf_outside_the_tree(index, size):
    with pytest.raises(ValueError, match="not among"):
        inclusion_proof(index, size, fetcher(3))


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_there_is_no_consistency_with_nothing_or_the_future(old, new):
    with pytest.raises(ValueError, match="does not extend"):
        consistency_proof(old, new, fetcher(3))
