"""Made-up applications of people who do not exist, with what a careful person would read."""

from __future__ import annotations

import csv
import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from governance.contracts.shipped.kyc_intake import letters, zone
from governance.contracts.shipped.kyc_intake.files import files
from governance.contracts.shipped.kyc_intake.letters import Letter
from governance.contracts.shipped.kyc_intake.oddities import BY_NAME, Oddity, draw_oddity
from governance.contracts.shipped.kyc_intake.person import (
    Identity,
    Person,
    document_number,
    person,
)
from governance.contracts.shipped.sample import Sample, SampleFile
from integrations.screening.transliteration import capitals

SCREENING_LIST = Path(__file__).parent / "screening.csv"
# Whoever is shown as valid or of age is so for years to come, whoever is not never will be.
_LAST_EXPIRY = datetime.date(2036, 6, 1)
_LAST_LETTER = datetime.date(2026, 10, 1)
_ZONE_ONLY = 0.08  # share of applications in which another system has read the document already
_LOOK_BACK = 40


@dataclass(frozen=True)
class Plan:
    identity: Identity
    proof: Letter | None
    oddity: Oddity | None
    declared: Person
    is_zone_only: bool


def make(count: int, seed: int) -> Iterator[Sample]:
    """count samples; the same count and seed give the same ones, on every machine."""
    for at in range(1, count + 1):
        yield sample(seed, at)


def sample(
    seed: int,
    at: int,
    *,
    oddity: str | None = None,
    is_zone_only: bool | None = None,
    is_clean: bool = False,
    has_files: bool = True,
) -> Sample:
    """Sample number `at` of a seed; each can be made by itself. oddity "" asks for a sound one.
    has_files False leaves the documents undrawn, where only what they say is wanted."""
    plan = plan_of(seed, at, oddity=oddity, is_zone_only=is_zone_only)
    chance = _chance(seed, at, "files")
    payload = _payload(plan, at, seed, chance)
    odd = plan.oddity
    failing = set(odd.failing if odd else ())
    if plan.is_zone_only and "mrz_valid" in failing:
        failing.add("given_mrz_valid")
    found: tuple[SampleFile, ...] = ()
    if has_files and not plan.is_zone_only:
        is_encrypted = bool(odd and odd.name == "encrypted")
        found = files(
            plan.identity,
            plan.proof,
            payload,
            chance,
            is_encrypted=is_encrypted,
            is_clean=is_clean,
        )
    return Sample(
        payload=payload,
        output=_output(plan),
        external_id=f"KYC-{seed}-{at:06d}",
        documents=found,
        special=odd.name if odd else "",
        note=odd.note if odd else "",
        failing=tuple(sorted(failing)),
    )


def teaching_sample(seed: int, at: int) -> Sample:
    """Sample `at` of the training set; always with documents, one in three as cameras see them:
    to recognise their text takes ten times as long."""
    oddity = None if at % 4 == 0 else ""
    return sample(seed, at, oddity=oddity, is_zone_only=False, is_clean=at % 3 != 0)


def plan_of(
    seed: int, at: int, *, oddity: str | None = None, is_zone_only: bool | None = None
) -> Plan:
    chance = _chance(seed, at, "plan")
    odd = draw_oddity(chance)
    odd = odd if oddity is None else BY_NAME.get(oddity)
    name = odd.name if odd else ""
    drawn_zone_only = chance.random() < _ZONE_ONLY
    needs_files = {"page_differs", "no_address", "encrypted"}
    only = drawn_zone_only and name not in needs_files if is_zone_only is None else is_zone_only
    if name == "repeated":
        before = _earlier(seed, at)
        if before is None:
            return plan_of(seed, at, oddity="", is_zone_only=is_zone_only)
        proof = None if only else before.proof or _proof(chance, before.identity.person)
        return replace(before, oddity=odd, is_zone_only=only, proof=proof)
    who = _person(chance, name)
    identity = _identity(chance, who, name)
    proof = None if name == "no_address" or only else _proof(chance, who)
    return Plan(identity, proof, odd, _declared(chance, who, name), only)


def _proof(chance: random.Random, who: Person) -> Letter:
    sent_on = _LAST_LETTER - datetime.timedelta(days=chance.randrange(300))
    return letters.letter(chance, who, sent_on)


def _earlier(seed: int, at: int) -> Plan | None:
    for earlier in range(at - 1, max(0, at - _LOOK_BACK), -1):
        if draw_oddity(_chance(seed, earlier, "plan")) is None:
            return plan_of(seed, earlier)
    return None


def _person(chance: random.Random, name: str) -> Person:
    who = person(
        chance,
        is_minor=name == "minor",
        has_long_name=name == "long_name",
        is_high_risk=name == "high_risk",
    )
    if name == "listed":
        given, surname = chance.choice(_listed())
        who = replace(who, given_names=given, surname=surname)
    return who


@cache
def _listed() -> tuple[tuple[str, str], ...]:
    """Given names and surname of the people on the shipped screening list."""
    with SCREENING_LIST.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "person"]
    names = [row["name"].rpartition(" ") for row in rows]
    return tuple((given, surname) for given, _, surname in names)


def _identity(chance: random.Random, who: Person, name: str) -> Identity:
    kind = chance.choice(("card", "card", "passport"))
    years = 5 if name == "minor" else 10
    expiry = _LAST_EXPIRY - datetime.timedelta(days=chance.randrange(1_400))
    if name == "expired":
        expiry = datetime.date(2024, 5, 1) - datetime.timedelta(days=chance.randrange(1_500))
    number = document_number(chance)
    shown = who
    if name == "page_differs":
        shown = replace(who, surname=chance.choice(("Marlowe", "Quill", "Anders", "Tillmann")))
    write = zone.passport if kind == "passport" else zone.card
    lines = write(shown, number, who.nationality, expiry)
    if name == "wrong_digit":
        lines = zone.with_wrong_digit(chance, lines)
    issued = expiry - datetime.timedelta(days=365 * years + 2)
    return Identity(kind, who, number, who.nationality, issued, expiry, lines)


def _declared(chance: random.Random, who: Person, name: str) -> Person:
    """What the applicant wrote about themselves."""
    if name == "other_name":
        return replace(who, surname=chance.choice(("Hartwell", "Brenninger", "Castellan")))
    if name == "typo":
        at = chance.randrange(1, len(who.surname) - 1)
        letter = chance.choice([one for one in "abemnorst" if one != who.surname[at].lower()])
        return replace(who, surname=f"{who.surname[:at]}{letter}{who.surname[at + 1 :]}")
    if name == "other_birth":
        return replace(
            who, birth_date=who.birth_date - datetime.timedelta(days=chance.randint(1, 400))
        )
    if name == "other_nationality":
        return replace(who, nationality="BEL")
    return who


def _payload(plan: Plan, at: int, seed: int, chance: random.Random) -> dict[str, Any]:
    declared = plan.declared
    payload: dict[str, Any] = {
        "reference": f"A-{seed}{at:05d}",
        "channel": "online" if plan.is_zone_only else chance.choice(("branch", "online", "post")),
        "product": chance.choice(("account", "account", "card", "loan", "deposit")),
        "declared_surname": declared.surname,
        "declared_given_names": declared.given_names,
        "declared_birth_date": declared.birth_date.isoformat(),
        "declared_nationality": declared.nationality,
        "declared_address": ", ".join(declared.address),
    }
    if plan.is_zone_only:
        payload["mrz"] = "\n".join(plan.identity.lines)
    return payload


def _output(plan: Plan) -> dict[str, Any]:
    """As printed on the document; where only the zone came, as it has the names."""
    identity, who = plan.identity, plan.identity.person
    surname, given = who.surname.upper(), who.given_names.upper()
    if plan.is_zone_only:
        surname, given = _in_zone(identity)
    output: dict[str, Any] = {
        "surname": surname,
        "given_names": given,
        "birth_date": who.birth_date.isoformat(),
        "nationality": who.nationality,
        "sex": who.sex,
        "document_number": identity.number,
        "issuing_state": identity.issuing_state,
        "expiry_date": identity.expiry_date.isoformat(),
        "mrz": "\n".join(identity.lines),
    }
    if plan.proof is not None:
        output["address"] = ", ".join(who.address)
        output["address_issue_date"] = plan.proof.sent_on.isoformat()
    return {name: value for name, value in output.items() if value}


def _in_zone(identity: Identity) -> tuple[str, str]:
    line = identity.lines[2] if len(identity.lines) == 3 else identity.lines[0][5:]
    surname, _, given = line.rstrip("<").partition("<<")
    return capitals(surname.replace("<", " ")), capitals(given.replace("<", " "))


def _chance(seed: int, at: int, what: str) -> random.Random:
    return random.Random(f"kyc-intake {seed} {at} {what}")  # noqa: S311  samples, no secrets
