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
    "structured_disagrees": "{field}: the page and the file's part for machines do not agree.",
    "structured_unreadable": "The file's part for machines is there but cannot be read.",
    "mrz_repaired": "Characters of the machine-readable zone were read by their check digits.",
    "document_cut": "The documents are longer than what the model was shown.",
    "ungrounded": "{field}: the place that the model names does not say so.",
    "injection_suspected": "A text of this item gives orders to the model; they count for nothing.",
    "document_refused": "Document {document} could not be read: {refusal}.",
    "documents_disagree": "{field}: the documents do not agree.",
    "threshold_raised": "{field}: confidence {confidence:.0%} is under the {floor:.0%} asked for"
    " during an incident.",
    "halted": "The process is halted; nothing is decided automatically.",
    "stage_not_acting": "The process is in a stage in which people decide.",
    "version_not_serving": "The model version that answered serves no longer.",
    "version_not_approved": "The model version is not approved to act alone.",
    "contract_not_approved": "The contract is not approved to act alone under.",
    "stage_not_approved": "The stage is not approved.",
    "all_fields_in_band": "Every field is at or above its band; the lowest is {lowest:.0%}.",
    "gate_risk": "Compliance releases every output of {risk} risk.",
    "gate_segment": "Compliance releases every output of the segment {segment}.",
    "gate_share": "Drawn by chance for compliance, as a share of all outputs is.",
    "gate_check_failed": "Check {check}: {message}",
    "gate_check_broke": "Check {check} could not be made, so the output is held: {error}.",
    "gate_second_opinion": (
        "Check {check}: {message} A second model agrees in {agreed} of {of} fields."
    ),
    "quality_sample": "Drawn as a quality sample ({rate:.0%} of automatic items).",
}


# What exactly failed in a check, by the code of its verdict (governance.contracts.rules).
DETAILS = {
    "unknown_test": "the test that the contract asks for is not known here",
    "test_broke": "the test could not judge it",
    "not_a_text": "the value is not a text",
    "not_a_number": "a value is not a number",
    "not_a_date": "a value is not a date",
    "value_missing": "a value is missing",
    "form_wrong": "its form is wrong",
    "country_unknown": "no such country",
    "length_wrong": "its length is wrong",
    "check_digit_wrong": "its check digits are wrong",
    "check_digit_wrong_of": "the check digit of the {element} is wrong",
    "lines_swapped": "its lines are in the wrong order",
    "date_impossible": "it holds a date that does not exist",
    "sum_differs": "the parts differ from the whole by {difference}",
    "order_wrong": "the dates are not in order",
    "expired_days_ago": "expired {days} days before it came in",
    "too_young": "under {years} years",
    "in_the_future": "a date lies in the future",
    "differs": "the values differ",
    "listed": "like line {line} of {list} ({score:.0%} alike)",
    "word_listed": "it holds what line {line} of {list} forbids",
    "list_unreadable": "the list {list} cannot be read",
    "name_unreadable": "the name has no letters to compare",
    "seen_before": "the same values came in before",
    "near_copy": "nearly the same document came in before",
}

# Why a document was refused, by its code (integrations.documents.DocumentRefused).
REFUSALS = {
    "type_not_allowed": "files of this kind are not taken",
    "too_large": "it is too large",
    "too_many_pages": "it has too many pages",
    "too_many_pixels": "a picture in it is too large",
    "nested_too_deep": "it is nested too deeply",
    "encrypted": "it is protected by a password",
    "damaged": "it is damaged",
    "too_slow": "reading it took too long",
    "too_much_memory": "reading it took too much memory",
    "empty": "there is nothing in it",
    "too_many_attachments": "it holds too many attachments",
    "worker_lost": "it ended the worker that read it",
    "lost": "the stored file is gone or damaged",
    "internal": "reading it failed on our side",
    "unread": "it has not been read",
}


# Reasons that tell what the model said: a failed check names the value it fails for.
TELLING = frozenset({"check_failed", "all_fields_in_band"})


def without_telling(reasons: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The reasons that somebody who is to judge without the candidate may see."""
    return [reason for reason in reasons if reason.get("code") not in TELLING]


def sentence(reason: Mapping[str, Any]) -> str:
    """A stored reason as one sentence; an unknown code shows itself rather than nothing."""
    code = str(reason.get("code"))
    template = _SENTENCES.get(code)
    if template is None:
        return code
    values = {name: _shown(value) for name, value in reason.items()}
    if "refusal" in values:
        values["refusal"] = REFUSALS.get(str(values["refusal"]), values["refusal"])
    if template.startswith("{field}: ") and "field" not in values:
        template = template.removeprefix("{field}: ")
        template = template[0].upper() + template[1:]
    text = _filled(template, values)
    more = detail(reason)
    return f"{text or code} ({more})" if more else text or code


def detail(reason: Mapping[str, Any]) -> str:
    """What exactly failed in a check, without a full stop; "" where there is no more to say."""
    template = DETAILS.get(str(reason.get("detail")))
    values = {name: _shown(value) for name, value in reason.items()}
    return (_filled(template, values) or "") if template else ""


def _filled(template: str, values: Mapping[str, Any]) -> str | None:
    try:
        return template.format(**values)
    except (KeyError, ValueError, IndexError):
        return None


def _shown(value: Any) -> Any:
    """Shares rounded down to whole percents: 0.899 must not read as "90% is under the 90%"."""
    return math.floor(value * 100 + 1e-9) / 100 if isinstance(value, float) else value
