"""A contract's gate: which decided outputs compliance holds before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from governance.contracts.checkrules import require_of, test_of
from governance.contracts.problems import listed
from governance.contracts.rules.registry import RULES
from governance.contracts.section import Section
from governance.contracts.wording import Vocabulary

WAYS = ("require", "test", "provider", "callable")
CALLABLE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


@dataclass(frozen=True)
class Known:
    """The names that a gate may use; None leaves providers or callables unchecked."""

    risks: Collection[str]
    segments: Collection[str]
    fields: Collection[str]
    providers: Collection[str] | None
    callables: Collection[str] | None


def read_gate(
    root: Section, vocabulary: Vocabulary, known: Known, *, proposes: str
) -> dict[str, Any]:
    """{"gate": ...}; {} without one, as the digest of a contract that has none must not change.

    proposes is the provider whose outputs are judged.
    """
    if root.raw("gate", None) is None:
        return {}
    gate = root.section("gate")
    risks = gate.choices("risks", known.risks, [])
    segments = gate.choices("segments", known.segments, [])
    share = gate.fraction("share", 0.0)
    checks: list[dict[str, Any]] = []
    for one in gate.sections("checks", []):
        name = one.name()
        if name and any(other["name"] == name for other in checks):
            one.problem("name", f'"{name}" is given twice')
        checks.append(_check(one, name, vocabulary, known, proposes))
    if gate.is_mapping and not (gate.values.keys() & {"risks", "segments", "share", "checks"}):
        root.problem("gate", "must name risks, segments, a share or checks")
    gate.finish()
    return {"gate": {"risks": risks, "segments": segments, "share": share, "checks": checks}}


def _check(
    one: Section, name: str, vocabulary: Vocabulary, known: Known, proposes: str
) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name}
    ways = [way for way in WAYS if way in one.values]
    if one.is_mapping and len(ways) != 1:
        one.problems.add(one.place, f"must hold exactly one of {listed(WAYS)}")
        for field in one.values:
            one.raw(field)
        ways = []
    match ways:
        case ["require"]:
            body["require"] = require_of(one, vocabulary)
        case ["test"]:
            body |= _test(one, vocabulary)
        case ["provider"]:
            body["second_opinion"] = _second_opinion(one, known, proposes)
        case ["callable"]:
            body["callable"] = _callable(one, known)
    body |= {
        "otherwise": one.choice("otherwise", ("hold",), "hold"),
        "message": one.text("message", limit=300),
    }
    if one.raw("policy", None) is not None:
        body["policy"] = one.name("policy", allow_underscore=False)
    one.finish()
    return body


def _test(one: Section, vocabulary: Vocabulary) -> dict[str, Any]:
    body = test_of(one, vocabulary)
    rule = RULES.get(body["test"])
    if rule is not None and not rule.implementation:
        # It claims what it compares, once an item, when the item is routed.
        one.problem("test", f"{rule.name} looks at other items; put it among the checks")
    return body


def _second_opinion(one: Section, known: Known, proposes: str) -> dict[str, Any]:
    provider = (
        one.name("provider") if known.providers is None else one.choice("provider", known.providers)
    )
    if provider and provider == proposes:
        one.problem("provider", "must be another than the one that proposes")
    fields = one.choices("fields", known.fields, list(known.fields))
    if one.values.get("fields") == []:
        one.problem("fields", "must name at least one field of the output")
    at_least = one.fraction("at_least", 1.0)
    return {"provider": provider, "fields": fields or list(known.fields), "at_least": at_least}


def _callable(one: Section, known: Known) -> str:
    where = one.text("callable")
    if where and not CALLABLE.fullmatch(where):
        one.problem("callable", "must be package.module:function")
    elif where and known.callables is not None and where not in known.callables:
        one.problem("callable", "is not in the setting GATE_CALLABLES, which names what may run")
    return where
