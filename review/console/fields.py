"""Output fields as a form: from contract, candidate and draft to controls, and back again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from governance.contracts.agreement import Agreement, Band
from review.console import evidence, tables, words
from review.console import values as controls
from review.console.evidence import Sourced
from review.console.showing import Shown
from review.console.values import Choice, choice_label, shown, text_of
from review.console.veils import Veil, Veils

STRONG_SOURCES = frozenset({"class_probability", "token_logprob", "structured"})
_PREFIX = "output."

__all__ = ["Field", "build", "choice_label", "confidence_of", "parse", "shown", "text_of"]


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
class Said:
    """What one of two people answered for a field: value as its control takes it."""

    who: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One output field on the screen.

    control: choices, select, text, area, number, date or table. notes are sentences about what
    failed here. opinions are those of the people whose difference is to be settled.
    """

    name: str
    label: str
    help: str
    control: str
    kind: str
    is_required: bool
    choices: tuple[Choice, ...]
    value: str
    model_text: str | None  # None where the model gave or may show nothing
    model_raw: str
    confidence: Confidence | None
    sourced: Sourced | None  # None where there is no candidate, or it may not be seen
    notes: tuple[str, ...]
    opinions: tuple[Said, ...]
    taken: str
    table: tables.Table | None
    error: str
    is_flagged: bool
    is_stop: bool  # the Tab key stops here
    is_changed: bool
    is_start: bool
    keep: str  # JSON of a value that a text control cannot carry unchanged, or ""
    # Over a value that this person does not see, or sees for a while; control is "masked" then.
    veil: Veil | None = None

    @property
    def key(self) -> str:
        return _PREFIX + self.name

    @property
    def keep_key(self) -> str:
        return f"keep.{self.name}"

    @property
    def as_shown(self) -> Shown:
        return Shown(self.label, "value", "", text=self.model_text or "")

    @property
    def html_id(self) -> str:
        return f"field-{self.name}"

    @property
    def is_differing(self) -> bool:
        return len({one.value for one in self.opinions}) > 1


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
    notes: Mapping[str, Sequence[str]] | None = None,
    taken: Mapping[str, str] | None = None,
    opinions: Sequence[tuple[str, Mapping[str, Any]]] = (),
    documents: Mapping[str, str] | None = None,
    hidden: Mapping[str, str] | None = None,
    veils: Veils | None = None,
    place: str = "form",
    is_own: bool = True,
) -> list[Field]:
    """The output fields in the contract's order.

    candidate has output, confidence, sources and evidence, or is None where there is none or the
    reviewer may not see it. values are what was typed before, and win over the candidate's. errors
    are the contract's, by field name; notes say what failed where; a field with one is flagged,
    however sure the model is. taken is where values were taken over from, by path. opinions are
    names and outputs of the people who differ. documents are names by id, for the words about
    evidence. hidden are fields whose values this person does not see, with their labels; what they
    typed themselves (is_own: values are theirs) is shown. The start is the first field with an
    error, else the least certain flagged one.
    """
    properties: Mapping[str, Any] = agreement.output_schema["properties"]
    model = (candidate or {}).get("output") or {}
    current = model if values is None else values
    problems = _by_field(errors or {})
    told = notes or {}
    rows = []
    for name in agreement.output_fields:
        confidence = None
        is_stated = name in model or name in agreement.required_output_fields
        if candidate is not None and is_stated:
            confidence = confidence_of(
                candidate["confidence"].get(name),
                candidate["sources"].get(name, "none"),
                agreement.bands.get(name),
            )
        rows.append((name, confidence))
    flagged = {
        name
        for name, confidence in rows
        if told.get(name) or (confidence is not None and confidence.is_flagged)
    }
    differing = {
        name for name, _ in rows if len({text_of(output.get(name)) for _, output in opinions}) > 1
    }
    flagged |= differing
    # Where people differ, that comes before what the model was unsure of.
    start = _start(rows, problems, differing or flagged)
    secret = hidden or {}
    built = [
        _field(
            agreement,
            name,
            current.get(name),
            candidate,
            confidence=confidence,
            notes=tuple(told.get(name, ())),
            taken=taken or {},
            opinions=opinions,
            documents=documents or {},
            error=problems.get(name, ""),
            is_flagged=name in flagged,
            is_stop=not flagged or name in flagged or name in problems or name == start,
            is_start=name == start,
            schema=properties[name],
        )
        for name, confidence in rows
    ]
    return [
        _veiled(
            one,
            secret.get(one.name) or agreement.label_at(f"output.{one.name}"),
            veils,
            place,
            is_hidden=one.name in secret,
            is_typed=is_own and current.get(one.name) != model.get(one.name),
        )
        if one.name in secret or (veils is not None and f"output.{one.name}" in veils.sight.until)
        else one
        for one in built
    ]


def _veiled(
    field: Field,
    kind: str | None,
    veils: Veils | None,
    place: str,
    *,
    is_hidden: bool,
    is_typed: bool,
) -> Field:
    """The field without what must not be seen of it: the value, unless it was typed by who looks
    at it, the model's, and what others said."""
    label = kind or "personal"
    veil = None if veils is None else veils.over(label, f"output.{field.name}", place)
    if not is_hidden:
        return replace(field, veil=veil)
    text = f"••• {label}"
    bare = replace(
        field,
        model_text=None if field.model_text is None else text,
        model_raw="",
        sourced=None,
        opinions=tuple(Said(one.who, text, "") for one in field.opinions),
        veil=veil,
    )
    if is_typed or (not field.value and field.table is None and not field.keep):
        return bare
    return replace(
        bare,
        control="masked",
        choices=(),
        value="",
        taken="",
        table=None,
        keep="",
        is_changed=False,
    )


def _by_field(errors: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, why in errors.items():
        name, *rest = path.removeprefix(_PREFIX).split(".")
        if len(rest) == 2 and rest[0].isdecimal():
            why = f"row {int(rest[0]) + 1}, {words.label(rest[1]).lower()}: {why}"
        found.setdefault(name, why)
    return found


def _start(
    rows: Sequence[tuple[str, Confidence | None]],
    problems: Mapping[str, str],
    flagged: Iterable[str],
) -> str:
    for name, _ in rows:
        if name in problems:
            return name
    among = set(flagged)
    known = [
        (name, confidence.percent if confidence else 0)
        for name, confidence in rows
        if confidence is not None or name in among
    ]
    if not known:
        return rows[0][0]
    # Flagged fields first, however sure: a high number from a weak source needs eyes as well.
    return min(known, key=lambda pair: (pair[0] not in among, pair[1]))[0]


def _field(
    agreement: Agreement,
    name: str,
    value: Any,
    candidate: Mapping[str, Any] | None,
    *,
    schema: Mapping[str, Any],
    confidence: Confidence | None,
    notes: tuple[str, ...],
    taken: Mapping[str, str],
    opinions: Sequence[tuple[str, Mapping[str, Any]]],
    documents: Mapping[str, str],
    error: str,
    is_flagged: bool,
    is_stop: bool,
    is_start: bool,
) -> Field:
    has_model = candidate is not None
    model: Mapping[str, Any] = (candidate or {}).get("output") or {}
    found: Mapping[str, Any] = (candidate or {}).get("evidence") or {}
    options = controls.options_of(schema)
    text = controls.control_text(schema, value)
    model_raw = controls.control_text(schema, model.get(name))
    is_stated = name in model and model[name] is not None
    table = None
    if tables.is_table(schema):
        table = tables.build(
            name,
            schema,
            value,
            model.get(name),
            has_model=has_model,
            found=found,
            taken=taken,
            totals=tables.totals_of(agreement, name),
        )
        text, model_raw = ("", "") if has_model else (text, model_raw)
    model_text = None
    if has_model:
        model_text = choice_label(model[name]) if options and is_stated else None
        model_text = model_text or shown(model.get(name))
    return Field(
        name=name,
        label=str(schema.get("title") or words.label(name)),
        help=str(schema.get("description") or ""),
        control="table" if table else controls.control_of(schema, text),
        kind=controls.kind_of(schema),
        is_required=name in agreement.required_output_fields,
        choices=controls.choices_of(schema, text, model_raw if is_stated else None),
        value=text,
        model_text=model_text,
        model_raw=model_raw,
        confidence=confidence,
        sourced=_sourced(name, found, documents, table) if has_model and is_stated else None,
        notes=notes,
        opinions=_said(name, schema, opinions, model.get(name)),
        taken=taken.get(name, ""),
        table=table,
        error=error,
        is_flagged=is_flagged,
        is_stop=is_stop,
        is_changed=has_model and (value != model.get(name) if table else text != model_raw),
        is_start=is_start,
        keep="" if table else controls.keep_of(schema, value),
    )


def _said(
    name: str,
    schema: Mapping[str, Any],
    opinions: Sequence[tuple[str, Mapping[str, Any]]],
    model: Any,
) -> tuple[Said, ...]:
    """What each answered; together where they agree, nothing where the model says so too."""
    is_choice = bool(controls.options_of(schema))
    found = []
    for who, output in opinions:
        raw = controls.control_text(schema, output.get(name))
        is_number = isinstance(output.get(name), int | float) and not is_choice
        text = choice_label(output.get(name)) if is_choice else shown(output.get(name))
        found.append(Said(who, raw if is_number else text, raw))
    if len(found) > 1 and len({one.value for one in found}) == 1:
        is_models = found[0].value == controls.control_text(schema, model)
        return () if is_models else (replace(found[0], who="Both"),)
    return tuple(found)


def _sourced(
    name: str,
    found: Mapping[str, Any],
    documents: Mapping[str, str],
    table: tables.Table | None,
) -> Sourced:
    places = list(found.get(name, ()))
    if table is not None:
        for path, more in found.items():
            if path.startswith(f"{name}."):
                places += more
    return evidence.sourced(places, documents)


def is_given(posted: Mapping[str, Any]) -> bool:
    """Whether a form carries any output field at all."""
    return any(name.startswith((_PREFIX, "masked.")) for name in posted)


def parse(agreement: Agreement, posted: Mapping[str, Any]) -> dict[str, Any]:
    """The output that a form stands for.

    An empty control leaves its field out; what cannot be read stays text, so that the
    contract's own check names the problem.
    """
    output: dict[str, Any] = {}
    for name, schema in agreement.output_schema["properties"].items():
        text = posted.get(_PREFIX + name)
        if posted.get(f"masked.{name}"):
            output[name] = {"masked": schema.get("x-privacy", "personal")}
            continue
        if text is None:
            continue
        if tables.is_table(schema):
            rows = tables.parse(name, schema, posted)
            if rows is not None:
                output[name] = rows
            continue
        found = controls.posted_value(schema, text, posted.get(f"keep.{name}"))
        if found is not None:
            output[name] = found[0]
    return output


def parse_evidence(agreement: Agreement, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Where the values of a form were taken over from, by path of the output."""
    rows = {
        name: {number: at for at, number in enumerate(tables.row_numbers(posted, name))}
        for name, schema in agreement.output_schema["properties"].items()
        if tables.is_table(schema)
    }
    known = agreement.output_schema["properties"]
    found = evidence.parse(posted, rows)
    return {path: places for path, places in found.items() if path.split(".")[0] in known}
