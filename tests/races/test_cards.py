"""People who keep a card's next revision at once: one of them does, the others are told."""

import pytest

from governance.cards import operations, queries
from governance.catalogue.queries import champion
from governance.errors import Conflict
from governance.ledger.models import Entry
from tests.races.together import together

pytestmark = pytest.mark.race


def test_of_several_who_keep_at_once_one_wins_and_nobodys_texts_are_lost(desk):
    version = champion(desk.process.pk)
    people = [desk.lead, desk.operator, desk.colleague]

    def keeping(author):
        texts = {"purpose": f"By {author.username}."}
        return lambda: operations.revise(version=version, author=author, base=0, texts=texts)

    outcomes = together(*map(keeping, people))
    kept = [one for one in outcomes if not isinstance(one, Exception)]
    assert len(kept) == 1
    assert all(isinstance(one, Conflict) for one in outcomes if one not in kept)
    assert version.revisions.get() == kept[0]
    for author in people:
        if author != kept[0].author:
            draft = queries.draft_of(version.pk, author.pk)
            assert draft.texts == {"purpose": f"By {author.username}."}
    entries = Entry.objects.filter(kind="card.revised", data__version=str(version.pk))
    assert entries.count() == 1
