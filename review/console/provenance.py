"""Where a task's candidate comes from, and every condition that its route was decided by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.contracts.agreement import Agreement
from review.console import words
from review.console.screen import Screen
from review.console.showing import Shown
from review.console.veils import Veil
from review.routing.words import TELLING, detail, sentence

_CONFIDENCE = frozenset(
    {"field_below_band", "field_below_floor", "confidence_missing", "confidence_weak"}
)
_STAGES = frozenset({"stage_shadow", "stage_assisted", "stage_partial"})
_NO_ANSWER = frozenset({"no_candidate", "no_model", "process_paused", "candidate_failed"})
_NEUTRAL = frozenset({"all_fields_in_band", "quality_sample"})
_FAILED_CHECKS = frozenset({"check_failed", "gate_check_failed"})


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    title: str = ""
    veil: Veil | None = None

    @property
    def as_shown(self) -> Shown:
        return Shown(self.label, "value", "", text=self.value)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of acting alone. is_met is None where it was not looked at."""

    text: str
    is_met: bool | None
    numbers: str = ""

    @property
    def verdict(self) -> str:
        return "not asked" if self.is_met is None else "true" if self.is_met else "false"


def label_of(agreement: Agreement, name: str) -> str:
    schema = agreement.output_schema["properties"].get(name, {})
    return str(schema.get("title") or words.label(name))


def why(reason: Mapping[str, Any], agreement: Agreement) -> str:
    """A reason of routing or of the gate as a sentence in the words of the contract."""
    if reason.get("code") in _FAILED_CHECKS and reason.get("message"):
        more = detail(reason)
        message = str(reason["message"])
        return f"{message.rstrip('.')}: {more}." if more else message
    told = dict(reason)
    if isinstance(reason.get("check"), str):
        told["check"] = f"“{words.label(reason['check'])}”"
    if isinstance(reason.get("field"), str):
        told["field"] = label_of(agreement, reason["field"])
    return sentence(told)


def notes_of(reasons: Sequence[Mapping[str, Any]], agreement: Agreement) -> dict[str, list[str]]:
    """Field -> what failed there: checks and findings; confidence is shown by itself."""
    found: dict[str, list[str]] = {}
    for reason in reasons:
        if reason.get("code") in _CONFIDENCE:
            continue
        names = reason.get("fields") or [reason.get("field")]
        for name in names:
            if name in agreement.output_schema["properties"]:
                text = why(reason, agreement).removeprefix(f"{label_of(agreement, name)}: ")
                found.setdefault(name, []).append(text[:1].upper() + text[1:])
    return found


def facts(screen: Screen) -> list[Fact]:
    """Contract, stage, segment, model, version, prompt, time and cost."""
    task, candidate, route = screen.task, screen.candidate, screen.route
    found = [Fact("Contract", f"version {screen.contract_number}", screen.contract_digest)]
    if route is not None:
        found.append(Fact("Stage", words.label(route["stage"])))
        found.append(Fact("Route", words.OUTCOMES.get(route["outcome"], route["outcome"])))
    found.append(Fact("Segment", words.label(task.item.segment)))
    if candidate is None:
        return found
    if candidate["model"]:
        version = f"{candidate['model']} v{candidate['version']}"
        found.append(Fact("Model", version, candidate["digest"] or ""))
    found.append(Fact("Provider", candidate["provider"]))
    if candidate["prompt_sha256"]:
        prompt = candidate["prompt_sha256"]
        found.append(Fact("Prompt", f"SHA-256 {prompt[:12]}…", prompt))
    found.append(Fact("Answered in", f"{candidate['latency_ms']} ms"))
    if candidate["tokens"]:
        found.append(Fact("Tokens", f"{candidate['tokens']:,}"))
    found.append(Fact("Cost", words.money(candidate["cost_micros"])))
    return found


def conditions(screen: Screen, agreement: Agreement) -> list[Condition]:
    """Every condition of the route, true or false, in the order they are looked at.

    For a blind task none that tells what the model said.
    """
    if screen.route is None:
        return []
    reasons: Sequence[Mapping[str, Any]] = screen.route["reasons"]
    is_blind = screen.task.is_blind
    told = [one for one in reasons if not (is_blind and one.get("code") in TELLING)]
    found = [_answered(told)]
    if screen.candidate is not None:
        found += _confident(screen, agreement, told)
        found += _checked(agreement, told)
    found += [
        Condition(why(one, agreement), is_met=False)
        for one in told
        if one.get("code") not in _CONFIDENCE | _STAGES | _NO_ANSWER | _NEUTRAL | {"check_failed"}
    ]
    if not is_blind and screen.documents and not any("document" in one for one in told):
        found.append(Condition("Every document could be read, and nothing in it is suspect", True))
    found.append(_staged(screen, told))
    found += [
        Condition(sentence(one), is_met=True) for one in told if one["code"] == "quality_sample"
    ]
    return found


def _answered(reasons: Sequence[Mapping[str, Any]]) -> Condition:
    failed = next((one for one in reasons if one.get("code") in _NO_ANSWER), None)
    return Condition("The model gave an answer", failed is None, sentence(failed) if failed else "")


def _confident(
    screen: Screen, agreement: Agreement, reasons: Sequence[Mapping[str, Any]]
) -> Iterator[Condition]:
    assert screen.candidate is not None
    confidence = screen.candidate["confidence"]
    failed = {one.get("field"): one for one in reasons if one.get("code") in _CONFIDENCE}
    for name in agreement.output_fields:
        band = agreement.bands.get(name)
        if band is None:
            continue
        label, value = label_of(agreement, name), confidence.get(name)
        text = f"{label}: confidence at least {words.percent(band.automatic)}"
        reason = failed.get(name)
        if reason is None and value is None:
            yield Condition(text, None, "no value")
        elif reason is None:
            yield Condition(text, is_met=True, numbers=words.percent(value))
        elif reason["code"] == "confidence_weak":
            yield Condition(text, is_met=False, numbers="only the model's own word")
        else:
            shown = "none stated" if value is None else words.percent(value)
            if reason["code"] == "field_below_floor":
                shown += f", under the floor of {words.percent(band.manual)}"
            yield Condition(text, is_met=False, numbers=shown)


def _checked(agreement: Agreement, reasons: Sequence[Mapping[str, Any]]) -> Iterator[Condition]:
    failed = {one.get("check"): one for one in reasons if one.get("code") == "check_failed"}
    for check in agreement.checks:
        reason = failed.get(check.name)
        text = f"Check: {words.label(check.name).lower()}"
        if reason is None:
            yield Condition(text, is_met=True)
        else:
            yield Condition(text, is_met=False, numbers=why(reason, agreement))


def _staged(screen: Screen, reasons: Sequence[Mapping[str, Any]]) -> Condition:
    assert screen.route is not None
    held = next((one for one in reasons if one.get("code") in _STAGES), None)
    text = f"The stage ({screen.route['stage']}) lets the model act alone here"
    if held is not None:
        return Condition(text, is_met=False, numbers=sentence(held))
    is_looked_at = screen.candidate is not None and screen.route["stage"] in ("partial", "full")
    return Condition(text, is_met=True if is_looked_at else None)
