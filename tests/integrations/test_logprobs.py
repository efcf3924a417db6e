from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.providers.logprobs import field_confidence

outputs = st.dictionaries(
    st.text(min_size=1, max_size=4),
    st.text(max_size=6) | st.integers(-99, 99) | st.booleans() | st.none(),
    min_size=1,
    max_size=4,
)


def tokens(pieces: list[bytes], chances: list[float]) -> list[dict[str, Any]]:
    return [
        {"token": piece.decode(errors="replace"), "bytes": list(piece), "logprob": chance}
        for piece, chance in zip(pieces, chances, strict=True)
    ]


@given(outputs, st.data())
def test_one_token_a_byte_gives_the_product_over_the_value(
    output: dict[str, Any], data: st.DataObject
) -> None:
    content = json.dumps(output, ensure_ascii=False)
    raw = content.encode()
    weights = st.lists(st.floats(-3, 0), min_size=len(raw), max_size=len(raw))
    chances = data.draw(weights)
    found = field_confidence(content, tokens([raw[i : i + 1] for i in range(len(raw))], chances))
    at = 0
    for name, value in output.items():
        written = json.dumps(value, ensure_ascii=False).encode()
        key = json.dumps(name, ensure_ascii=False).encode() + b": "
        start = raw.index(key, at) + len(key)
        at = start + len(written)
        assert raw[start:at] == written
        assert found[name] == pytest.approx(math.exp(math.fsum(chances[start:at])))


@given(outputs, st.data())
def test_however_tokens_are_cut_each_field_gets_a_chance(
    output: dict[str, Any], data: st.DataObject
) -> None:
    raw = json.dumps(output).encode()
    cuts = sorted({0, len(raw), *data.draw(st.lists(st.integers(0, len(raw)), max_size=8))})
    pieces = [raw[a:b] for a, b in itertools.pairwise(cuts)]
    found = field_confidence(raw.decode(), tokens(pieces, [-0.5] * len(pieces)))
    assert found.keys() == output.keys()
    for chance in found.values():
        assert chance is not None
        assert math.exp(-0.5 * len(pieces)) <= chance <= math.exp(-0.5) + 1e-12


CONTENT = '{"a": "\u00e9t\u00e9", "b": 12}'


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        [{"token": CONTENT + "x", "logprob": -0.1}],
        [{"token": CONTENT[1:], "logprob": -0.1}],
        [{"token": CONTENT}],
        [{"token": CONTENT, "logprob": float("nan")}],
        [{"token": CONTENT, "logprob": "-0.1"}],
        [{"token": CONTENT, "logprob": 2.0}],
        [{"bytes": [999], "logprob": -0.1}],
    ],
)
def test_tokens_that_do_not_spell_the_answer_give_no_confidence(bad: Any) -> None:
    assert field_confidence(CONTENT, bad) == {"a": None, "b": None}


def test_token_text_serves_where_an_endpoint_sends_no_bytes() -> None:
    pieces = [('{"a": ', -5.0), ('"\u00e9t', -0.1), ('\u00e9", "b": 1', -0.2), ("2}", -0.3)]
    found = field_confidence(CONTENT, [{"token": text, "logprob": one} for text, one in pieces])
    assert found == {"a": pytest.approx(math.exp(-0.3)), "b": pytest.approx(math.exp(-0.5))}


def test_same_text_elsewhere_is_not_taken_for_the_value() -> None:
    content = '{"note": "\\"category\\": \\"card\\"", "category": "card"}'
    at = content.rindex('"card"')
    pieces = [(content[:at], -4.0), ('"card"', -0.1), ("}", -4.0)]
    found = field_confidence(content, [{"token": text, "logprob": one} for text, one in pieces])
    assert found["category"] == pytest.approx(math.exp(-0.1))


def test_impossible_value_has_chance_nought() -> None:
    found = field_confidence('{"a": 1}', [{"token": '{"a": 1}', "logprob": -9999.0}])
    assert found == {"a": 0.0}
