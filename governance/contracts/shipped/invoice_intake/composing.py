"""Invoices thought up: who sells what to whom, and what that comes to."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

from governance.contracts.shipped.drawing.companies import Company, company
from governance.contracts.shipped.invoice_intake import words
from governance.contracts.shipped.invoice_intake.goods import CURRENCIES, RATES, goods
from governance.contracts.shipped.invoice_intake.invoice import Invoice, Line, cents, taxes_of

# Country of the seller and language of the paper, as often as listed.
_ORIGINS = (
    ("DE", "de"), ("DE", "de"), ("DE", "de"), ("DE", "de"), ("DE", "en"), ("AT", "de"),
    ("CH", "de"), ("CH", "fr"), ("GB", "en"), ("GB", "en"), ("GB", "en"), ("US", "en"),
    ("SE", "en"), ("FR", "fr"), ("FR", "fr"), ("FR", "fr"), ("NL", "nl"), ("NL", "nl"),
    ("NL", "en"), ("BE", "nl"), ("BE", "fr"), ("ES", "es"), ("ES", "es"), ("IT", "it"),
    ("IT", "it"), ("PL", "pl"), ("PL", "en"),
)  # fmt: skip
_EU = frozenset({"DE", "AT", "FR", "NL", "BE", "ES", "IT", "SE", "PL"})
FIRST_DAY = datetime.date(2025, 9, 1)
DAYS = 420
_NUMBERS = (
    "RE-{year}-{four}", "{year}/{four}", "INV-{five}", "{year}{five}", "R{short}{four}",
    "{seven}", "F{short}-{three}", "{short}-{five}", "AR{five}", "{three}.{four}",
)  # fmt: skip
_ORDERS = ("PO-{five}", "45000{five}", "B-{year}-{three}", "ORD{seven}", "{seven}", "EK{five}")


def compose(chance: random.Random) -> Invoice:
    """A sound invoice: sums add up, numbers have the right check digits, nothing is odd."""
    country, language = chance.choice(_ORIGINS)
    seller = company(chance, country, language)
    buyer = _buyer(chance, seller)
    is_reverse = country in _EU and buyer.country in _EU and buyer.country != country
    currency, factor = CURRENCIES.get(country, ("EUR", 1.0))
    if country in {"CH", "SE", "PL"} and chance.random() < 0.3:
        currency, factor = "EUR", 1.0
    is_credit = chance.random() < 0.05
    lines = _lines(chance, language, country, factor, is_free=is_reverse)
    if is_credit:
        lines = tuple(_turned(line) for line in lines[:4])
    issued = FIRST_DAY + datetime.timedelta(days=chance.randrange(DAYS))
    due = issued + datetime.timedelta(days=chance.choice((7, 10, 14, 14, 21, 30, 30, 30, 45, 60)))
    delivered = issued - datetime.timedelta(days=chance.randint(0, 20))
    taxes = taxes_of(lines)
    net = sum((line.net_amount for line in lines), Decimal(0))
    tax = sum((one.amount for one in taxes), Decimal(0))
    return Invoice(
        language=language,
        kind="credit_note" if is_credit else "invoice",
        seller=seller,
        buyer=buyer,
        number=number(chance, issued),
        issue_date=issued,
        due_date=None if is_credit or chance.random() < 0.08 else due,
        delivery_date=delivered if chance.random() < 0.35 else None,
        purchase_order=_filled(chance, chance.choice(_ORDERS), issued)
        if chance.random() < 0.6
        else "",
        customer_number=str(chance.randint(10_000, 99_999)) if chance.random() < 0.5 else "",
        currency=currency,
        lines=lines,
        taxes=taxes,
        net_total=net,
        tax_total=tax,
        gross_total=net + tax,
        iban="" if is_credit and chance.random() < 0.5 else seller.iban,
        vat_id=seller.vat_id,
        note=words.choose(chance, language)["reverse"] if is_reverse else "",
    )


def number(chance: random.Random, issued: datetime.date) -> str:
    return _filled(chance, chance.choice(_NUMBERS), issued)


def _filled(chance: random.Random, form: str, day: datetime.date) -> str:
    return form.format(
        year=day.year,
        short=day.year % 100,
        three=chance.randint(100, 999),
        four=f"{chance.randint(1, 9_999):04}",
        five=chance.randint(10_000, 99_999),
        seven=chance.randint(1_000_000, 9_999_999),
    )


def _buyer(chance: random.Random, seller: Company) -> Company:
    """Mostly a company of the seller's country; any buyer gets invoices from abroad as well."""
    country = seller.country
    if chance.random() < 0.2:
        country = chance.choice(("DE", "FR", "NL", "GB"))
    language = {"DE": "de", "AT": "de", "CH": "de", "FR": "fr", "NL": "nl", "BE": "nl",
                "ES": "es", "IT": "it", "PL": "pl"}.get(country, "en")  # fmt: skip
    while True:
        buyer = company(chance, country, language, has_account=False)
        if buyer.name != seller.name:
            return buyer


def _lines(
    chance: random.Random, language: str, country: str, factor: float, *, is_free: bool
) -> tuple[Line, ...]:
    stock = goods(language)
    count = min(chance.choices((1, 2, 3, 4, 6, 9, 14, 25), (14, 18, 20, 16, 14, 9, 5, 4))[0], 25)
    standard, reduced = (Decimal(rate) for rate in RATES[country])
    has_discounts = chance.random() < 0.2
    has_reduced = chance.random() < 0.4
    is_large = chance.random() < 0.12
    found = []
    for one in (
        chance.choices(stock, k=count) if count > len(stock) else chance.sample(stock, count)
    ):
        price = Decimal(str(one.price * factor * chance.uniform(0.8, 1.25)))
        if price > 100:
            price = Decimal(round(price / 5) * 5)
        elif chance.random() < 0.5:
            price = Decimal(round(price * 20)) / 20
        amount = chance.choice((1, 1, 2, 3, 5, 10, 12, 20, 25, 40)) * (20 if is_large else 1)
        if one.price > 150 and not is_large:
            amount = min(amount, 3)
        quantity = Decimal(amount)
        if one.unit in {"Std.", "hr", "h", "uur", "ora", "m", "godz."} and chance.random() < 0.5:
            quantity += Decimal(chance.choice(("0.5", "0.25", "0.75")))
        rate = reduced if one.is_reduced and has_reduced else standard
        is_cut = has_discounts and chance.random() < 0.5
        found.append(
            Line(
                description=one.description,
                quantity=quantity,
                unit=one.unit,
                unit_price=cents(max(price, Decimal("0.05"))),
                rate=Decimal(0) if is_free else rate,
                discount=Decimal(chance.choice((3, 5, 10, 15, 20))) if is_cut else Decimal(0),
                article=f"{chance.choice('ABKMSTX')}{chance.randint(100, 9999)}",
            )
        )
    return (*found, *_extra(chance, language, found, Decimal(0) if is_free else standard))


def _extra(
    chance: random.Random, language: str, lines: list[Line], rate: Decimal
) -> tuple[Line, ...]:
    """Now and then a row for carriage, or one that takes a discount off all."""
    wording = words.choose(chance, language)
    drawn = chance.random()
    if drawn < 0.15:
        price = Decimal(chance.choice(("4.90", "9.50", "14.00", "25.00")))
        return (Line(wording["shipping"], Decimal(1), "", price, rate, article="FR"),)
    if drawn < 0.22 and len({line.rate for line in lines}) == 1:
        percent = chance.choice((2, 3, 5, 10))
        whole = sum((line.net_amount for line in lines), Decimal(0))
        off = cents(-whole * percent / 100)
        text = wording["allowance"].format(rate=f"{percent} %")
        return (Line(text, Decimal(1), "", off, lines[0].rate, article="RA"),)
    return ()


def _turned(line: Line) -> Line:
    """The line of a credit note: the quantity comes back, the amount is negative."""
    return Line(
        line.description,
        -line.quantity,
        line.unit,
        line.unit_price,
        line.rate,
        line.discount,
        line.article,
    )
