"""Differences and merges of cards, for any texts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.cards.completeness import completeness
from governance.cards.merging import clashes, diff, merge
from governance.cards.schema import AUTHORED, FIELDS, MEASURED, REQUIRED

KEYS = AUTHORED[:5]
WORDS = st.text(alphabet="ab \n.é", max_size=40)
TEXTS = st.dictionaries(st.sampled_from(KEYS), WORDS)


def said(texts):
    """What a card says: an empty text says nothing."""
    return {key: text for key, text in texts.items() if text}


@given(TEXTS, TEXTS)
def test_a_difference_names_exactly_the_fields_that_differ_and_its_parts_join(before, after):
    found = diff(before, after)
    differing = [key for key in AUTHORED if before.get(key, "") != after.get(key, "")]
    assert [one.key for one in found] == differing
    for one in found:
        assert "".join(part.text for part in one.before) == before.get(one.key, "")
        assert "".join(part.text for part in one.after) == after.get(one.key, "")
        same = [
            "".join(p.text for p in side if not p.is_changed) for side in (one.before, one.after)
        ]
        assert same[0] == same[1]


def test_long_texts_are_compared_by_lines_in_bounded_time():
    before = "\n".join(f"line {number} of the text" for number in range(400))
    (change,) = diff({"purpose": before}, {"purpose": before.replace("line 7 ", "line seven ")})
    assert [part.text for part in change.before if part.is_changed] == ["line 7 of the text\n"]


@given(TEXTS, TEXTS, TEXTS)
def test_a_merge_loses_nothing_of_mine_and_takes_what_only_they_changed(base, mine, theirs):
    merged = merge(base, mine, theirs)
    for key in KEYS:
        was, my, their = base.get(key, ""), mine.get(key, ""), theirs.get(key, "")
        assert merged.get(key, "") == (my if my != was else their)
    assert set(clashes(base, mine, theirs)) <= {
        key for key in KEYS if mine.get(key, "") != base.get(key, "")
    }


@given(TEXTS, TEXTS)
def test_merging_with_nothing_new_is_mine_and_with_nothing_of_mine_is_theirs(base, other):
    assert merge(base, other, base) == said(other)
    assert merge(base, base, other) == said(other)
    assert clashes(base, base, other) == clashes(base, other, base) == []


@settings(max_examples=50)
@given(
    st.sets(st.sampled_from(AUTHORED)),
    st.sets(st.sampled_from(MEASURED)),
    st.sampled_from(["x", " ", ""]),
)
def test_completeness_counts_each_required_field_once(written, measured, text):
    texts = dict.fromkeys(written, text)
    found = completeness(texts, dict.fromkeys(measured, ("a table",)))
    there = (written if text.strip() else set()) | measured
    assert [one.key for one in found.missing] == [key for key in REQUIRED if key not in there]
    assert found.filled + len(found.missing) == found.required == len(REQUIRED)
    assert (found.percent == 100) == found.is_whole


def test_every_point_of_annex_iv_is_asked_for_by_some_field():
    asked = {one.strip() for field in FIELDS.values() for one in field.annex_iv.split(",") if one}
    points = {f"1({one})" for one in "abcdegh"} | {f"2({one})" for one in "abcdefgh"}
    assert points | {str(one) for one in range(3, 10)} <= asked


def test_keys_are_unique_and_every_field_has_a_label_and_help():
    from governance.cards.schema import SECTIONS

    keys = [field.key for section in SECTIONS for field in section.fields]
    assert len(keys) == len(set(keys)) == len(FIELDS)
    assert len(SECTIONS) == 12  # nine of Mitchell et al., three of Annex IV beyond them
    assert all(field.label and field.help for field in FIELDS.values())
