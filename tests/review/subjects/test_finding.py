"""Finding a person's items by values that name them, without keeping the values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import InvalidInput
from governance.ledger.sequencing import sequence
from governance.privacy.holds import operations as holds
from review.erasure.obstacles import obstacles
from review.models import Item, SubjectKey
from review.subjects import queries
from review.subjects.indexing import follow, remember
from review.subjects.normalising import identifiers, normalised
from tests import factories


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Jane Doe", "DOE, jane"),
        ("Müller, Łucja", "lucja MULLER"),
        ("C-123 45", "c12345"),
        ("1980-02-01", "01.02.1980"),
        ("1980-02-01", "1/2/1980"),
        ("Jane@Example.org", "jane@example.org "),
        ("DE89 3704 0044", "de8937040044"),
    ],
)
def test_the_same_value_written_differently_is_the_same(left, right):
    assert normalised(left) == normalised(right) != ""


@pytest.mark.parametrize(
    ("left", "right"),
    [("12 34", "34 12"), ("jane@a.org", "jane@b.org"), ("a.b@c.org", "ab@c.org")],
)
def test_different_values_stay_different(left, right):
    assert normalised(left) != normalised(right)


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text):
    once = normalised(text)
    assert normalised(once) == once


def test_addresses_are_found_within_long_texts():
    text = "Dear all, " + "please " * 40 + "write to Jane@Example.org soon."
    assert list(identifiers({"a": [text]})) == ["jane@example.org"]


@pytest.mark.django_db
class TestItems:
    @pytest.fixture
    def jane(self, process):
        item = factories.make_item(process, {"text": "My bill", "subject": "Jane Doe"})
        other = factories.make_item(process, {"text": "jane@example.org", "subject": "Jane Doe"})
        factories.make_item(process, {"text": "Hello", "subject": "John Roe"})
        sequence()
        follow()
        return item, other

    def find(self, *values):
        return queries.find(values, ["desk"])

    def test_all_values_must_be_in_the_item(self, jane):
        assert [one.pk for one in self.find("doe, JANE")] == [jane[1].pk, jane[0].pk]
        assert self.find("Jane Doe", "jane@example.org") == [jane[1]]
        assert self.find("Jane Roe") == []

    def test_only_processes_that_are_asked_for(self, jane):
        assert queries.find(["Jane Doe"], ["other"]) == []

    def test_a_value_is_needed(self, jane):
        with pytest.raises(InvalidInput):
            self.find(" - ")

    def test_no_value_stands_in_the_index(self, jane):
        kept = b"".join(bytes(one) for one in SubjectKey.objects.values_list("digest", flat=True))
        assert len(kept) == 32 * SubjectKey.objects.count()
        assert b"jane" not in kept.lower()

    def test_what_is_not_personal_is_no_identifier(self, process):
        item = factories.make_item(process, {"text": "x", "amount": 4711})
        remember([item.pk])
        assert self.find("4711") == []

    def test_outputs_count_too(self, process):
        item = factories.make_item(process)
        factories.propose(item, {"category": "bill", "note": "Jane Doe"})
        remember([item.pk])
        assert self.find("Jane Doe") == [item]

    def test_a_hold_on_a_person_keeps_all_their_items(self, process, cast, jane):
        digests = [one.hex() for one in queries.digests_of(["Jane Doe"])]
        holds.hold_subject(
            digests=digests, actor=cast.compliance_officer, reference="Case", reason="Court"
        )
        held = obstacles(list(Item.objects.values_list("pk", flat=True)))
        assert {key for key, codes in held.items() if "held" in codes} == {one.pk for one in jane}
