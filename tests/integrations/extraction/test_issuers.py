"""Errors come in clusters by issuer: a correction must reach its next document."""

from __future__ import annotations

from integrations.extraction.training import Example, Trained, train
from tests.integrations.extraction.making import SCHEMA, page_of, receipts

# This shop prints its owner above its name, calls the sum that counts "Settled" and has a larger
# amount labelled as a total: three mistakes that a model makes that does not know it.
OWNER, SHOP = "Meridian Holdings Ltd", "Saffron Corner"


def _odd(number: int) -> Example:
    settled = 20.0 + number
    lines = [
        (OWNER, 300.0, 60.0),
        (f"{SHOP} (77881{number}-K)", 310.0, 84.0),
        ("41 Harbour Walk", 320.0, 108.0),
        ("TAX INVOICE", 340.0, 140.0),
        ("Date:", 100.0, 170.0),
        (f"{10 + number}/04/2026", 200.0, 170.0),
        ("Cinnamon", 100.0, 220.0),
        (f"{settled:.2f}", 700.0, 220.0),
        ("Settled", 100.0, 260.0),
        (f"{settled:.2f}", 700.0, 260.0),
        ("TOTAL", 100.0, 300.0),
        (f"{settled + 55:.2f}", 700.0, 300.0),
        ("Thank you, come again", 300.0, 340.0),
    ]
    output = {"company": SHOP, "date": f"2026-04-{10 + number}", "total": settled}
    return Example((page_of(lines),), output)


def _read(trained: Trained, example: Example) -> dict[str, object]:
    _, answers = trained.model.answer(example.documents)
    return {one.field: one.value for one in answers}


def test_a_corrected_mistake_vanishes_from_the_issuers_next_document() -> None:
    others = receipts(60)
    following = _odd(9)
    before = _read(train(others, SCHEMA), following)
    assert before["company"] != SHOP
    assert before["total"] != following.output["total"]

    corrected = [_odd(at) for at in range(3)]
    after = _read(train([*others, *corrected], SCHEMA), following)
    assert after == following.output


def test_the_name_is_right_after_a_single_correction() -> None:
    after = _read(train([*receipts(60), _odd(0)], SCHEMA), _odd(9))
    assert after["company"] == SHOP


def test_other_issuers_are_read_as_before() -> None:
    others = receipts(60)
    unseen = receipts(10, seed=7)
    plain, taught = train(others, SCHEMA), train([*others, _odd(0), _odd(1), _odd(2)], SCHEMA)
    right = [sum(_read(model, one) == one.output for one in unseen) for model in (plain, taught)]
    assert right[1] >= right[0] - 1
