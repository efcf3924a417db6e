"""Recovery codes made from a seed."""

from hypothesis import given
from hypothesis import strategies as st

from governance.signin import recovery

SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(SEEDS, st.integers(0, 2**recovery.COUNT - 1))
def test_each_unused_code_is_found_and_no_used_one(seed, used_mask):
    codes = recovery.codes_of(seed)
    assert all(len(code) == 8 and code.isdecimal() for code in codes)
    found = {recovery.find(seed, code, used_mask) for code in codes} - {None}
    unused = {at for at in range(recovery.COUNT) if not used_mask >> at & 1}
    assert found <= unused
    # Two codes of a seed are alike once in two million seeds.
    assert found == unused or len(set(codes)) < recovery.COUNT
    assert recovery.left(used_mask) == len(unused)


@given(SEEDS)
def test_another_seed_makes_other_codes(seed):
    other = recovery.new_seed()
    assert recovery.codes_of(seed) != recovery.codes_of(other)


def test_what_is_no_code_is_not_found():
    seed = recovery.new_seed()
    assert [recovery.find(seed, text, 0) for text in ("", "x", "١٢٣٤٥٦٧٨", "0" * 40)] == [None] * 4
