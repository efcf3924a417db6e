"""Reasons in words, for the people who read them on a screen."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

_SENTENCES = {
    "no_candidate": "There is no candidate.",
    "no_model": "No model serves this process yet.",
    "process_paused": "The process is paused; people decide.",
    "candidate_failed": "The model gave no usable answer ({error}) after {attempts} tries.",
    "stage_shadow": "The process is in shadow: people decide without seeing the model.",
    "stage_assisted": "The process is assisted: a person looks at every item.",
    "stage_partial": "Only low-risk segments are automatic; {segment} is {risk} risk.",
    "confidence_missing": "The model gave no confidence for {field}.",
    "field_below_floor": "{field}: confidence {confidence:.0%} is under the floor of {floor:.0%}.",
    "field_below_band": "{field}: confidence {confidence:.0%} is under the {band:.0%} needed.",
    "confidence_weak": "{field}: the confidence is the model's own word, which is not enough.",
    "check_failed": "Check {check}: {message}",
    "all_fields_in_band": "Every field is at or above its band; the lowest is {lowest:.0%}.",
    "quality_sample": "Drawn as a quality sample ({rate:.0%} of automatic items).",
}


# Reasons that tell what the model said: a failed check names the value it fails for.
TELLING = frozenset({"check_failed", "all_fields_in_band"})


def without_telling(reasons: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The reasons that somebody who is to judge without the candidate may see."""
    return [reason for reason in reasons if reason.get("code") not in TELLING]


def sentence(reason: Mapping[str, Any]) -> str:
    """A stored reason as one sentence; an unknown code shows itself rather than nothing."""
    template = _SENTENCES.get(str(reason.get("code")))
    if template is None:
        return str(reason.get("code"))
    try:
        return template.format(**{name: _shown(value) for name, value in reason.items()})
    except (KeyError, ValueError):
        return str(reason.get("code"))


def _shown(value: Any) -> Any:
    """Shares rounded down to whole percents: 0.899 must not read as "90% is under the 90%"."""
    return math.floor(value * 100 + 1e-9) / 100 if isinstance(value, float) else value
