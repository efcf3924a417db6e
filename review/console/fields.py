"""Output fields as a form: from contract, candidate and draft to controls, and back again."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.contracts.agreement import Agreement, Band
from review.console import words

MAX_PILLS = 12  # more choices than this become a list to pull down
LONG_TEXT_CHARACTERS = 120
STRONG_SOURCES = frozenset({"class_probability", "token_logprob", "structured"})
_PREFIX = "output."
_KEEP = "keep."


@dataclass(frozen=True, slots=True)
class Confidence:
    """A model's confidence in one value, in words and numbers; level: high, medium, low, none."""

    level: str
    text: str
    percent: int
    needed: int | None
    needed_text: str
    source: str
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool
    is_models: bool
    digit: str  # the key that picks it, "" beyond nine


@dataclass(frozen=True, slots=True)
class Field:
    """One output field on the screen; control: choices, select, text, area, number."""

    name: str
    label: str
    help: str
    control: str
    is_required: bool
    choices: tuple[Choice, ...]
    value: str
    model_text: str | None  # None where the model gave or may show nothing
    model_raw: str
    confidence: Confidence | None
    error: str
    is_changed: bool
    is_start: bool
    keep: str  # JSON of a value that a text control cannot carry unchanged, or ""

    @property
    def key(self) -> str:
        return _PREFIX + self.name

    @property
    def keep_key(self) -> str:
        return _KEEP + self.name

    @property
    def html_id(self) -> str:
        return f"field-{self.name}"


def text_of(value: Any) -> str:
    """A JSON value as the text of a control; strings stand for themselves."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shown(value: Any) -> str:
    """A JSON value of the output in words."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return text_of(value)


def choice_label(value: Any) -> str:
    return words.label(value) if isinstance(value, str) and value else shown(value)


def confidence_of(value: float | None, source: str, band: Band | None) -> Confidence:
    """Words for a confidence: high acts alone, low is nearer the floor than the band."""
    needed = None if band is None else int(band.automatic * 100 + 1e-9)
    needed_text = "" if band is None else f"needs {words.percent(band.automatic)}"
    is_weak = source not in STRONG_SOURCES
    if value is None:
        return Confidence("none", "not stated", 0, needed, needed_text, "", band is not None)
    automatic, manual = (band.automatic, band.manual) if band else (0.9, 0.5)
    level = "low"
    if value >= automatic:
        level = "high"
    elif value >= (automatic + manual) / 2:
        level = "medium"
    text = f"{level} · {words.percent(value)}"
    is_flagged = band is not None and (value < band.automatic or is_weak)
    return Confidence(
        level, text, int(value * 100), needed, needed_text, words.source(source), is_flagged
    )


def build(
    agreement: Agreement,
    *,
    candidate: Mapping[str, Any] | None,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Field]:
    """The output fields in the contract's order.

    candidate has output, confidence and sources, or is None where there is none or the reviewer
    may not see it. values are what was typed before, and win over the candidate's. errors are
    the contract's, by field name. The start is the first field with an error, else the one with
    the least confidence.
    """
    properties: Mapping[str, Any] = agreement.output_schema["properties"]
    model = (candidate or {}).get("output") or {}
    current = model if values is None else values
    problems = _by_field(errors or {})
    rows = []
    for name in agreement.output_fields:
        schema = properties[name]
        confidence = None
        is_stated = name in model or name in agreement.required_output_fields
        if candidate is not None and is_stated:
            confidence = confidence_of(
                candidate["confidence"].get(name),
                candidate["sources"].get(name, "none"),
                agreement.bands.get(name),
            )
        rows.append((name, schema, confidence))
    start = _start(rows, problems)
    return [
        _field(
            agreement,
            name,
            schema,
            current.get(name),
            model,
            has_model=candidate is not None,
            confidence=confidence,
            error=problems.get(name, ""),
            is_start=name == start,
        )
        for name, schema, confidence in rows
    ]


def _by_field(errors: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, why in errors.items():
        found.setdefault(path.removeprefix(_PREFIX).split(".")[0], why)
    return found


def _start(rows: list[tuple[str, Any, Confidence | None]], problems: Mapping[str, str]) -> str:
    for name, _, _ in rows:
        if name in problems:
            return name
    known = [(name, confidence) for name, _, confidence in rows if confidence is not None]
    if not known:
        return rows[0][0]
    # Flagged fields first, however sure: a high number from a weak source needs eyes as well.
    return min(known, key=lambda pair: (not pair[1].is_flagged, pair[1].percent))[0]


def _field(
    agreement: Agreement,
    name: str,
    schema: Mapping[str, Any],
    value: Any,
    model: Mapping[str, Any],
    *,
    has_model: bool,
    confidence: Confidence | None,
    error: str,
    is_start: bool,
) -> Field:
    options = _options(schema)
    text, model_raw = text_of(value), text_of(model.get(name))
    choices = tuple(
        Choice(
            value=text_of(option),
            label=choice_label(option),
            is_chosen=value is not None and text_of(option) == text,
            is_models=name in model and text_of(option) == model_raw,
            digit=str(at) if at <= 9 else "",
        )
        for at, option in enumerate(options, start=1)
    )
    model_text = None
    if has_model:
        model_text = choice_label(model[name]) if options and name in model else None
        model_text = model_text or shown(model.get(name))
    return Field(
        name=name,
        label=str(schema.get("title") or words.label(name)),
        help=str(schema.get("description") or ""),
        control=_control(schema, options, text),
        is_required=name in agreement.required_output_fields,
        choices=choices,
        value=text,
        model_text=model_text,
        model_raw=model_raw,
        confidence=confidence,
        error=error,
        is_changed=has_model and text != model_raw,
        is_start=is_start,
        keep=_keep(schema, value),
    )


def _keep(schema: Mapping[str, Any], value: Any) -> str:
    """JSON of a value that would not come back from its control as it went in, else ""."""
    text = _lines(text_of(value))
    is_carried = text.strip() != "" and json.dumps(_value_of(schema, text)) == json.dumps(value)
    return "" if value is None or is_carried else json.dumps(value)


def _lines(text: str) -> str:
    """Line ends as a form's text has them once the browser is done with it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _options(schema: Mapping[str, Any]) -> list[Any]:
    if "enum" in schema:
        return [option for option in schema["enum"] if option is not None]
    return [True, False] if _types(schema) == {"boolean"} else []


def _types(schema: Mapping[str, Any]) -> set[str]:
    named = schema.get("type", "string")
    return {named} - {"null"} if isinstance(named, str) else set(named) - {"null"}


def _control(schema: Mapping[str, Any], options: list[Any], text: str) -> str:
    if options:
        return "choices" if len(options) <= MAX_PILLS else "select"
    if _types(schema) <= {"number", "integer"}:
        return "number"
    if len(text) > LONG_TEXT_CHARACTERS or "\n" in _lines(text):
        return "area"
    is_short = schema.get("maxLength", LONG_TEXT_CHARACTERS + 1) <= LONG_TEXT_CHARACTERS
    return "text" if is_short or schema.get("format") else "area"


def is_given(posted: Mapping[str, Any]) -> bool:
    """Whether a form carries any output field at all."""
    return any(name.startswith(_PREFIX) for name in posted)


def parse(agreement: Agreement, posted: Mapping[str, Any]) -> dict[str, Any]:
    """The output that a form stands for.

    An empty control leaves its field out; what cannot be read stays text, so that the
    contract's own check names the problem.
    """
    output: dict[str, Any] = {}
    for name, schema in agreement.output_schema["properties"].items():
        text = posted.get(_PREFIX + name)
        if text is None:
            continue
        text = _lines(str(text)).replace("\0", "")
        kept = _kept(posted.get(_KEEP + name), text)
        if kept is not None:
            output[name] = kept[0]
        elif text.strip() != "":
            output[name] = _value_of(schema, text)
    return output


def _kept(raw: Any, text: str) -> tuple[Any] | None:
    """The value a control could not carry, where its text was left as it was."""
    if not raw:
        return None
    try:
        value = json.loads(str(raw))
        json.dumps(value, allow_nan=False)  # 1e400 and its like read as infinite
    except (ValueError, RecursionError):
        return None
    return (value,) if _lines(text_of(value)) == text else None


def _value_of(schema: Mapping[str, Any], text: str) -> Any:
    options = _options(schema)
    if options:
        return next((option for option in options if text_of(option) == text), text)
    types = _types(schema)
    if types <= {"number", "integer"} and types:
        try:
            number = json.loads(text.strip())
        except ValueError:
            return text
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        return number if is_number and math.isfinite(number) else text
    if types & {"array", "object"}:
        try:
            value = json.loads(text)
            json.dumps(value, allow_nan=False)
        except (ValueError, RecursionError):
            return text
        return value
    return text
