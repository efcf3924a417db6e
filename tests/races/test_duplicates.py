"""Equal items at the same moment: at most one of them passes."""

import pytest

from review.items.models import Route
from tests import factories
from tests.races.together import together
from tests.review.test_checking import CONTRACT, FIRST

pytestmark = pytest.mark.race


def test_of_equal_items_at_one_moment_one_acts_alone(race) -> None:
    process = factories.make_process("race-twins", stage="full", contract=CONTRACT, undo_window=30)
    for number in range(6):
        items = [factories.make_item(process) for _ in range(4)]
        output = {**FIRST, "number": f"RE-{number}"}
        outcomes = together(
            *[lambda one=item, said=output: factories.propose(one, said) for item in items]
        )
        assert not [one for one in outcomes if isinstance(one, Exception)]
        routes = Route.objects.filter(item__in=items).values_list("outcome", flat=True)
        assert sorted(routes) == ["automatic", "review", "review", "review"]
