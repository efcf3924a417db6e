"""A contract file as the body that is stored: everything checked, every default filled in."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import rfc8785

from governance.contracts.agreement import DEFAULT_SEGMENT
from governance.contracts.calendar import calendar_of, read_calendar, weekly_seconds
from governance.contracts.checkrules import check_of
from governance.contracts.documentrules import documents_of
from governance.contracts.escalating import WORKING_TIMES, read_escalation
from governance.contracts.gaterules import Known, read_gate
from governance.contracts.problems import ContractError, Problems, did_you_mean, listed
from governance.contracts.reading import read
from governance.contracts.schemarules import check_schema
from governance.contracts.section import Section, kind_of
from governance.contracts.wording import (
    EARLY_ITEM_FIELDS,
    Vocabulary,
    check_body,
    check_condition,
)
from governance.roles.roles import SERVING_ROLES
from integrations.connectors.registry import CONNECTORS, can_compensate, validate_target

RISKS = ("low", "medium", "high")
VERDICTS = ("accept", "correct", "reject")
ALWAYS_KINDS = ("review", "manual", "compliance", "quality", "escalation")
FOUR_EYES_KINDS = ("second_review", "adjudication")
KINDS = ALWAYS_KINDS + FOUR_EYES_KINDS

DAY_SECONDS = 86_400
TEN_YEARS_WEEKS = 520
CALL_RETRY = {"attempts": 4, "first_delay_seconds": 2, "max_delay_seconds": 60}
EFFECT_RETRY = {"attempts": 8, "first_delay_seconds": 5, "max_delay_seconds": 3600}


def parse(
    source: str,
    *,
    filename: str = "contract.yaml",
    providers: Collection[str] | None = None,
    callables: Collection[str] | None = None,
) -> dict[str, Any]:
    """The body of a contract, plain JSON, complete: Agreement.from_body reads it.

    providers are the names a contract may choose from, callables the functions that its gate may
    call; None leaves either unchecked. Raises ContractError, which lists every problem found with
    its line and field, and nothing else.
    """
    value, lines = read(source, filename)
    problems = Problems(lines)
    body = _contract(Section(value, (), problems), providers, callables)
    if problems.found:
        raise ContractError(filename, problems.found)
    return body


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of the body's canonical JSON (RFC 8785), in hex.

    Comments and the order of keys do not count; that of the fields does, as people see it.
    """
    return hashlib.sha256(rfc8785.dumps(dict(body))).hexdigest()


def _contract(
    root: Section, providers: Collection[str] | None, callables: Collection[str] | None
) -> dict[str, Any]:
    process = root.name("process", allow_underscore=False)
    title = root.text("title", limit=120)
    description = root.text("description", "", limit=2_000)
    risk = root.choice("risk", RISKS)
    input_ = _input(root.section("input"))
    output = root.section("output")
    output_schema = check_schema(
        output.raw("schema"), (*output.place, "schema"), output.problems, is_output=True
    )
    output.finish()
    schemas = {"input": input_["schema"], "output": output_schema}
    everything = Vocabulary(schemas)
    early = Vocabulary({"input": input_["schema"]}, EARLY_ITEM_FIELDS)
    segments = _segments(root, risk, early)
    second_review = _second_review(root, [one["name"] for one in segments])
    queues = _queues(root, has_second_review=second_review is not None)
    candidate = _candidate(root.section("candidate"), providers)
    fields = list(output_schema.get("properties", {}))
    body = {
        "process": process,
        "title": title,
        "description": description,
        "risk": risk,
        "input": input_,
        "output": {"schema": output_schema, "fields": fields},
        "confidence": _confidence(root.section("confidence"), output_schema),
        "segments": segments,
        "candidate": candidate,
        "queues": queues,
        "second_review": second_review,
        "quality_sample_rate": root.fraction("quality_sample_rate", 0.05),
        "undo_window_seconds": root.integer("undo_window_seconds", 0, 600, 30),
        "due_seconds": root.integer("due_seconds", 60, 365 * DAY_SECONDS, DAY_SECONDS),
        "checks": _checks(root, everything),
        "effects": _effects(root, everything),
    }
    body |= _times(root, queues)
    segment_names = [*(one["name"] for one in segments), DEFAULT_SEGMENT]
    known = Known(RISKS, segment_names, fields, providers, callables)
    body |= read_gate(root, everything, known, proposes=candidate["provider"])
    root.finish()
    return body


def _times(root: Section, queues: list[dict[str, Any]]) -> dict[str, Any]:
    """The calendar and the escalation path; a body without them stays as it was before there were
    any, as its digest must not change."""
    calendar, escalation = read_calendar(root), read_escalation(root, queues)
    hours = calendar_of(calendar) if not root.problems.found else None
    if hours is not None:
        given = [root.values.get("due_seconds", DAY_SECONDS)]
        given += [step[name] or 0 for step in escalation for name in WORKING_TIMES]
        if max(given) > TEN_YEARS_WEEKS * weekly_seconds(hours):
            root.problem("calendar", "leaves so little time to work that nothing is ever due")
    found: dict[str, Any] = {} if calendar is None else {"calendar": calendar}
    return found | ({"escalation": escalation} if escalation else {})


def _input(section: Section) -> dict[str, Any]:
    schema = check_schema(
        section.raw("schema"), (*section.place, "schema"), section.problems, is_output=False
    )
    title = section.text("title", None)
    if title is not None and title not in schema.get("properties", {}):
        hint = did_you_mean(title, schema.get("properties", {}))
        section.problem("title", f'"{title}" is not a field of the input{hint}')
    documents = documents_of(section)
    section.finish()
    body = {"title": title, "schema": schema, "fields": list(schema.get("properties", {}))}
    # Without documents the body stays as it was before there were any: its digest must not change.
    return body if documents is None else {**body, "documents": documents}


def _confidence(section: Section, output_schema: Mapping[str, Any]) -> dict[str, Any]:
    """A band for every output field: one without could make the model act alone unmeasured."""
    bands = {}
    for name in output_schema.get("properties", {}):
        band = section.section(name)
        automatic, manual = band.fraction("automatic"), band.fraction("manual", 0.0)
        if manual > automatic and "automatic" in band.values:
            band.problem("manual", f"must not be above automatic ({manual} > {automatic})")
        band.finish()
        bands[name] = {"automatic": automatic, "manual": manual}
    if output_schema.get("properties"):
        section.finish()
    return bands


def _segments(root: Section, risk: str, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in root.sections("segments", []):
        name = one.name()
        if name == DEFAULT_SEGMENT:
            one.problem("name", f'"{DEFAULT_SEGMENT}" is what matches no segment; name it else')
        _refuse_repeat(one, name, found)
        when = check_condition(one.raw("when", {}), (*one.place, "when"), vocabulary, one.problems)
        found.append({"name": name, "risk": one.choice("risk", RISKS, risk), "when": when})
        one.finish()
    return found


def _second_review(root: Section, segments: list[str]) -> dict[str, Any] | None:
    if root.raw("second_review", None) is None:
        return None
    section = root.section("second_review")
    risks = section.choices("risks", RISKS, [])
    named = section.choices("segments", [*segments, DEFAULT_SEGMENT], [])
    if not section.values.get("risks") and not section.values.get("segments"):
        root.problem("second_review", "must name risks or segments")
    section.finish()
    return {"risks": risks, "segments": named}


def _candidate(section: Section, providers: Collection[str] | None) -> dict[str, Any]:
    body = {
        "provider": section.name("provider")
        if providers is None
        else section.choice("provider", providers),
        "timeout_seconds": section.integer("timeout_seconds", 1, 300, 30),
        "retry": _retry(section.section("retry", {}), CALL_RETRY, attempts=10),
        "prompt": section.text("prompt", "", limit=20_000),
    }
    section.finish()
    return body


def _retry(section: Section, defaults: Mapping[str, int], *, attempts: int) -> dict[str, int]:
    first = section.integer("first_delay_seconds", 1, 3600, defaults["first_delay_seconds"])
    longest = section.integer(
        "max_delay_seconds", 1, DAY_SECONDS, max(first, defaults["max_delay_seconds"])
    )
    if longest < first:
        section.problem("max_delay_seconds", f"must not be below first_delay_seconds ({first})")
    body = {
        "attempts": section.integer("attempts", 1, attempts, defaults["attempts"]),
        "first_delay_seconds": first,
        "max_delay_seconds": longest,
    }
    section.finish()
    return body


def _queues(root: Section, *, has_second_review: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    taken: dict[str, str] = {}
    for one in root.sections("queues"):
        name = one.name()
        _refuse_repeat(one, name, found)
        role = one.choice("role", [role.value for role in SERVING_ROLES])
        kinds = one.choices("kinds", KINDS)
        for kind in kinds:
            if kind in taken:
                one.problem("kinds", f'"{kind}" already goes to the queue {taken[kind]}')
            taken.setdefault(kind, name)
        lease_seconds = one.integer("lease_seconds", 30, DAY_SECONDS, 600)
        hold_seconds = one.integer("hold_seconds", 0, 7 * DAY_SECONDS, None)
        one.finish()
        queue = {"name": name, "role": role, "kinds": kinds, "lease_seconds": lease_seconds}
        found.append(queue if hold_seconds is None else {**queue, "hold_seconds": hold_seconds})
    needed = KINDS if has_second_review else ALWAYS_KINDS
    missing = [kind for kind in needed if kind not in taken]
    if missing and isinstance(root.values.get("queues"), list):
        root.problem("queues", f"no queue takes tasks of the kinds {listed(missing)}")
    return found


def _checks(root: Section, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in root.sections("checks", []):
        name = one.name()
        _refuse_repeat(one, name, found)
        found.append(check_of(one, name, vocabulary))
    return found


def _effects(root: Section, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in root.sections("effects", []):
        name = one.name()
        _refuse_repeat(one, name, found)
        connector = one.choice("connector", CONNECTORS)
        verdicts = one.choices("on", VERDICTS, ["accept", "correct"])
        if one.values.get("on") == []:
            one.problem("on", f"must name at least one of {listed(VERDICTS)}")
        found.append(
            {
                "name": name,
                "connector": connector,
                "on": verdicts or ["accept", "correct"],
                "target": _target(one, connector),
                "body": check_body(one.raw("body"), (*one.place, "body"), vocabulary, one.problems),
                "compensation": _compensation(one, connector, vocabulary),
                "retry": _retry(one.section("retry", {}), EFFECT_RETRY, attempts=50),
            }
        )
        one.finish()
    return found


def _target(effect: Section, connector: str) -> dict[str, Any]:
    target = effect.raw("target")
    if not isinstance(target, Mapping):
        if target is not None:
            effect.problem("target", f"must be a mapping, not {kind_of(target)}")
        return {}
    if connector:
        for message in validate_target(connector, target):
            effect.problem("target", message)
    return dict(target)


def _compensation(effect: Section, connector: str, vocabulary: Vocabulary) -> dict[str, Any]:
    if "compensation" not in effect.values:
        effect.raw("compensation", None)
        effect.problem(
            "compensation",
            "is required: {body: ...} to take the effect back, "
            "or {irreversible: why it cannot be taken back}",
        )
        return {}
    section = effect.section("compensation")
    has_body, is_final = "body" in section.values, "irreversible" in section.values
    body = section.raw("body", None)
    why = section.text("irreversible", None, limit=300)
    apology = section.text("apology", None, limit=2000)
    if has_body and apology is not None:
        section.problem("apology", "belongs to an effect that cannot be taken back")
    if has_body and connector in CONNECTORS and not can_compensate(connector):
        section.problem("body", f"what {connector} sends cannot be taken back; say irreversible")
    if section.is_mapping and has_body == is_final:
        effect.problem("compensation", "must hold either body or irreversible")
    section.finish()
    if is_final:
        if not (why or "").strip():
            section.problem("irreversible", "must say, for people, why it cannot be taken back")
        return {"irreversible": why} | ({"apology": apology} if apology else {})
    place = (*section.place, "body")
    return {"body": check_body(body, place, vocabulary, section.problems)} if has_body else {}


def _refuse_repeat(section: Section, name: str, earlier: list[dict[str, Any]]) -> None:
    if name and any(one["name"] == name for one in earlier):
        section.problem("name", f'"{name}" is given twice')
