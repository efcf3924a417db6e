"""Made-up invoices as files, with what a careful person would read from them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from governance.contracts.shipped.invoice_intake.composing import compose, number
from governance.contracts.shipped.invoice_intake.files import can_be_hybrid, files
from governance.contracts.shipped.invoice_intake.invoice import Invoice
from governance.contracts.shipped.invoice_intake.oddities import (
    BY_NAME,
    Oddity,
    draw_oddity,
    fits,
)
from governance.contracts.shipped.sample import Sample

# Of 100 invoices.
_MEDIA = {"pdf": 46, "scan": 19, "photo": 6, "mail": 15, "hybrid": 14}
# What has to stay text: nobody prints and scans these.
_AS_PDF = frozenset(
    {
        "instruction",
        "tiny_instruction",
        "white_instruction",
        "encrypted",
        "damaged",
        "near_identical",
    }
)
_REPEATS = frozenset({"duplicate", "near_identical"})
_CHANNELS = {
    "pdf": ("portal", "upload", "email"),
    "scan": ("post",),
    "photo": ("upload",),
    "mail": ("email",),
    "hybrid": ("email", "portal"),
}
_LOOK_BACK = 40  # samples among which a repeated one is sought
_LIMIT = 20_000  # as the contract's check within_the_desk


@dataclass(frozen=True)
class Plan:
    """What sample `at` will be. drawn_as is the sample whose paper it has: mostly itself."""

    at: int
    invoice: Invoice
    medium: str
    oddity: Oddity | None
    drawn_as: int


def make(count: int, seed: int) -> Iterator[Sample]:
    """count samples; the same count and seed give the same ones, on every machine."""
    for at in range(1, count + 1):
        yield sample(seed, at)


def sample(
    seed: int, at: int, *, oddity: str | None = None, medium: str = "", layout: str = ""
) -> Sample:
    """Sample number `at` of a seed; each can be made by itself. oddity "" asks for a sound one."""
    plan = plan_of(seed, at, oddity=oddity, medium=medium)
    odd = plan.oddity
    chance = _chance(seed, plan.drawn_as, "paper")
    payload = _payload(plan, _chance(seed, at, "payload"))
    return Sample(
        payload=payload,
        output=plan.invoice.as_output(),
        external_id=f"INV-{seed}-{at:06d}",
        documents=files(
            plan.invoice,
            chance,
            medium=plan.medium,
            oddity=odd.name if odd else "",
            layout=layout,
        ),
        special=odd.name if odd else "",
        note=odd.note if odd else "",
        failing=_failing(plan.invoice, odd),
    )


def teaching_sample(seed: int, at: int) -> Sample:
    """Sample `at` of the training set: four in five are sound whatever the draw, one in six may
    be a scan or a mail, whose reading takes ten times as long."""
    return sample(seed, at, oddity=None if at % 5 == 0 else "", medium="" if at % 6 == 0 else "pdf")


def plan_of(seed: int, at: int, *, oddity: str | None = None, medium: str = "") -> Plan:
    chance = _chance(seed, at, "plan")
    odd, wanted = draw_oddity(chance), _drawn_medium(chance)
    odd = odd if oddity is None else BY_NAME.get(oddity)
    wanted = medium or wanted
    if odd and odd.name in _REPEATS:
        return _repeated(seed, at, odd) or plan_of(seed, at, oddity="", medium=medium)
    for attempt in range(100):
        invoice = compose(_chance(seed, at, f"invoice {attempt}"))
        if odd is None or fits(odd, invoice):
            must_be_hybrid = medium == "hybrid" or (odd and odd.name == "hybrid_disagrees")
            if can_be_hybrid(invoice) or not must_be_hybrid:
                break
    if odd and odd.change:
        invoice = odd.change(invoice, chance)
    return Plan(at, invoice, _medium(wanted, invoice, odd), odd, drawn_as=at)


def _repeated(seed: int, at: int, odd: Oddity) -> Plan | None:
    """The same invoice as an earlier sound sample that was no scan; None where there is none."""
    for earlier in range(at - 1, max(0, at - _LOOK_BACK), -1):
        chance = _chance(seed, earlier, "plan")
        if draw_oddity(chance) is not None or _drawn_medium(chance) != "pdf":
            continue
        before = plan_of(seed, earlier)
        if not fits(odd, before.invoice):
            continue
        if odd.name == "duplicate":
            return Plan(at, before.invoice, "pdf", odd, drawn_as=at)
        other = number(_chance(seed, at, "number"), before.invoice.issue_date)
        return Plan(at, replace(before.invoice, number=other), "pdf", odd, drawn_as=earlier)
    return None


def _chance(seed: int, at: int, what: str) -> random.Random:
    return random.Random(f"invoice-intake {seed} {at} {what}")  # noqa: S311  samples, no secrets


def _drawn_medium(chance: random.Random) -> str:
    return chance.choices(list(_MEDIA), list(_MEDIA.values()))[0]


def _medium(wanted: str, invoice: Invoice, odd: Oddity | None) -> str:
    if odd and odd.name == "hybrid_disagrees":
        return "hybrid"
    if (odd and odd.name in _AS_PDF) or (wanted == "hybrid" and not can_be_hybrid(invoice)):
        return "pdf"
    return wanted


def _payload(plan: Plan, chance: random.Random) -> dict[str, Any]:
    invoice, name = plan.invoice, plan.oddity.name if plan.oddity else ""
    channel = chance.choice(_CHANNELS[plan.medium])
    payload: dict[str, Any] = {"subject": _subject(invoice, channel, chance), "channel": channel}
    asks = name in {"other_amount", "other_order"}
    if invoice.purchase_order and invoice.kind == "invoice" and (asks or chance.random() < 0.75):
        amount = float(invoice.net_total)
        if name == "other_amount":
            amount = round(amount * chance.choice((0.5, 0.8, 0.9, 1.25)) + 3, 2)
        payload["order_number"] = invoice.purchase_order
        if name == "other_order":
            payload["order_number"] = f"PO-{chance.randint(10_000, 99_999)}"
        payload["order_amount"] = amount
        payload["order_currency"] = invoice.currency
    if chance.random() < 0.5:
        payload["cost_centre"] = str(chance.choice((1100, 1200, 2300, 4100, 4700)))
    return payload


def _subject(invoice: Invoice, channel: str, chance: random.Random) -> str:
    if channel == "post":
        return f"Scan {invoice.issue_date:%Y-%m}-{chance.randint(1, 28):02}-{chance.randint(1, 99)}"
    if channel == "upload":
        return f"Upload {chance.randint(1000, 9999)}"
    return f"{invoice.seller.short_name}: {invoice.number}"


def _failing(invoice: Invoice, odd: Oddity | None) -> tuple[str, ...]:
    """Names of all checks that do not hold of what the paper says."""
    found = set(odd.failing if odd else ())
    if not invoice.iban:
        found.add("account_present")
    if invoice.gross_total <= 0:
        found.add("something_to_pay")
    if invoice.gross_total > _LIMIT:
        found.add("within_the_desk")
    return tuple(sorted(found))
