"""Single values of an output as the text of a control, and back: what a schema says they are."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review.console import words

MAX_PILLS = 12  # more choices than this become a list to pull down
LONG_TEXT_CHARACTERS = 120
# Terms whose numbers are sums of money: they are written with two decimals.
_MONEY = frozenset(
    ["net_total", "tax_total", "gross_total", "amount_due", "total", "unit_price", "net_amount"]
)

# Terms whose texts take several lines.
_ON_LINES = frozenset(["seller_address", "address", "mrz"])


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a field that has few; digit is the key that picks it, "" beyond nine."""

    value: str
    label: str
    is_chosen: bool
    is_models: bool
    digit: str


def text_of(value: Any) -> str:
    """A JSON value as text; strings stand for themselves."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def control_text(schema: Mapping[str, Any], value: Any) -> str:
    """A value as its control shows it: sums of money with two decimals at least, other numbers
    without a trailing `.0`."""
    text = text_of(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or "e" in text.lower():
        return text
    if schema.get("x-term") not in _MONEY:
        return text.removesuffix(".0")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest:0<2}"


def shown(value: Any) -> str:
    """A JSON value of the output in words."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return f"{len(value)} row{'' if len(value) == 1 else 's'}"
    return text_of(value)


def choice_label(value: Any) -> str:
    return words.label(value) if isinstance(value, str) and value else shown(value)


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a value is, for reading words of a document as one: date, amount, integer, code,
    choice or text."""
    named = types_of(schema)
    if options_of(schema):
        return "choice"
    if schema.get("format") == "date":
        return "date"
    if named and named <= {"number", "integer"}:
        return "integer" if named == {"integer"} else "amount"
    return "code" if schema.get("x-term") in ("iban", "seller_vat_id") else "text"


def types_of(schema: Mapping[str, Any]) -> set[str]:
    named = schema.get("type", "string")
    return {named} - {"null"} if isinstance(named, str) else set(named) - {"null"}


def options_of(schema: Mapping[str, Any]) -> list[Any]:
    if "enum" in schema:
        return [option for option in schema["enum"] if option is not None]
    return [True, False] if types_of(schema) == {"boolean"} else []


def control_of(schema: Mapping[str, Any], text: str) -> str:
    """choices, select, number, date, text or area."""
    options = options_of(schema)
    if options:
        return "choices" if len(options) <= MAX_PILLS else "select"
    if types_of(schema) <= {"number", "integer"}:
        return "number"
    if len(text) > LONG_TEXT_CHARACTERS or "\n" in lines(text):
        return "area"
    if schema.get("format") == "date":
        return "date"
    is_short = schema.get("maxLength", LONG_TEXT_CHARACTERS + 1) <= LONG_TEXT_CHARACTERS
    is_line = "format" in schema or "pattern" in schema or "x-term" in schema
    is_printed_on_lines = schema.get("x-term") in _ON_LINES
    return "text" if is_short or (is_line and not is_printed_on_lines) else "area"


def choices_of(
    schema: Mapping[str, Any], text: str, model_text: str | None = None
) -> tuple[Choice, ...]:
    """A schema's choices; text is what is chosen ("" for none), model_text what the model chose."""
    return tuple(
        Choice(
            value=text_of(option),
            label=choice_label(option),
            is_chosen=text_of(option) == text,
            is_models=text_of(option) == model_text,
            digit=str(at) if at <= 9 else "",
        )
        for at, option in enumerate(options_of(schema), start=1)
    )


def lines(text: str) -> str:
    """Line ends as a form's text has them once the browser is done with it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def keep_of(schema: Mapping[str, Any], value: Any) -> str:
    """JSON of a value that would not come back from its control as it went in, else ""."""
    if value is None:
        return ""
    text = lines(control_text(schema, value))
    is_carried = text.strip() != "" and json.dumps(value_of(schema, text)) == json.dumps(value)
    return "" if is_carried else json.dumps(value)


def kept(raw: Any, text: str, schema: Mapping[str, Any]) -> tuple[Any] | None:
    """The value a control could not carry, where its text was left as it was."""
    if not raw:
        return None
    try:
        value = json.loads(str(raw))
        json.dumps(value, allow_nan=False)  # 1e400 and its like read as infinite
    except (ValueError, RecursionError):
        return None
    return (value,) if lines(control_text(schema, value)) == text else None


def value_of(schema: Mapping[str, Any], text: str) -> Any:
    """What a control's text stands for; what cannot be read stays text."""
    options = options_of(schema)
    if options:
        return next((option for option in options if text_of(option) == text), text)
    named = types_of(schema)
    if named <= {"number", "integer"} and named:
        try:
            number = json.loads(text.strip())
        except ValueError:
            return text
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        return number if is_number and math.isfinite(number) else text
    if named & {"array", "object"}:
        try:
            value = json.loads(text)
            json.dumps(value, allow_nan=False)
        except (ValueError, RecursionError):
            return text
        return value
    return text


def posted_value(schema: Mapping[str, Any], posted: Any, keep: Any) -> tuple[Any] | None:
    """What a control that was posted stands for; None where it is empty."""
    text = lines(str(posted)).replace("\0", "")
    found = kept(keep, text, schema)
    if found is not None:
        return found
    return None if text.strip() == "" else (value_of(schema, text),)
