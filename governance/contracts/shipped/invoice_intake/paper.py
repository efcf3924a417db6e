"""The paper an invoice is drawn on: its words, its way of writing, its colours."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from governance.contracts.shipped.drawing import logos
from governance.contracts.shipped.drawing.identifiers import spaced
from governance.contracts.shipped.drawing.sheet import A4, GREY, LETTER, Sheet
from governance.contracts.shipped.drawing.writing import habits
from governance.contracts.shipped.invoice_intake import words
from governance.contracts.shipped.invoice_intake.invoice import Invoice

Fact = tuple[str, str]  # label and value


@dataclass(frozen=True)
class Look:
    """What differs between papers of one layout. size is that of plain text in points."""

    family: str
    size: float
    dark: str
    light: str
    colon: str
    has_codes: bool
    has_units: bool
    has_positions: bool
    shows_due_as: str  # fact or sentence
    shows_tax_id_in: str  # facts, head or foot
    spaces_iban: bool


class Paper:
    """One invoice and the sheet it is drawn on, with what all its parts share."""

    def __init__(self, invoice: Invoice, chance: random.Random, *, family: str = "") -> None:
        self.invoice = invoice
        self.chance = chance
        dark, light = chance.choice(logos.PALETTES)
        needs_vera = invoice.language == "pl" or invoice.seller.country == "PL"
        drawn_family = chance.choice(("helvetica", "helvetica", "vera", "times"))
        family = "vera" if needs_vera else family or drawn_family
        self.look = Look(
            family=family,
            size=chance.choice((8, 8.5, 9, 9.5)) - (1 if family in {"vera", "courier"} else 0),
            dark=dark,
            light=light,
            colon=chance.choice((":", ":", "", " :" if invoice.language == "fr" else ":")),
            has_codes=chance.random() < 0.35,
            has_units=chance.random() < 0.5,
            has_positions=chance.random() < 0.5,
            shows_due_as=chance.choice(("fact", "fact", "sentence")),
            shows_tax_id_in=chance.choice(("facts", "head", "foot", "foot")),
            spaces_iban=chance.random() < 0.75,
        )
        self.words = words.choose(chance, invoice.language)
        self.writing = habits(chance, invoice.language, invoice.seller.country, invoice.currency)
        size = LETTER if invoice.seller.country == "US" else A4
        self.sheet = Sheet(size=size, family=family, title=f"{self.title} {invoice.number}")
        self.left: float = chance.choice((45, 50, 57, 62))
        self.right = self.sheet.width - self.left
        self.bottom = self.sheet.height - 110
        # Drawn at the top of each further page; returns the y below.
        self.head_further: Callable[[], float] = self._head_further
        self.foot: Callable[[], None] = lambda: None

    @property
    def title(self) -> str:
        return self.words[self.invoice.kind]

    @property
    def size(self) -> float:
        return self.look.size

    @property
    def row(self) -> float:
        """Distance of lines of plain text."""
        return self.look.size * 1.45

    def money(self, value: Decimal) -> str:
        return self.writing.money(value)

    def date(self, day: datetime.date) -> str:
        return self.writing.date(day)

    def label(self, name: str) -> str:
        return f"{self.words[name]}{self.look.colon}"

    @property
    def iban(self) -> str:
        number = self.invoice.iban
        return spaced(number) if self.look.spaces_iban else number

    @property
    def tax_label(self) -> str:
        return f"{self.words['vat_id']} {self.invoice.vat_id}" if self.invoice.vat_id else ""

    def facts(self, *, has_number: bool = True, has_date: bool = True) -> list[Fact]:
        """What stands in the paper's head about the invoice, in the usual order."""
        invoice = self.invoice
        found: list[Fact] = []
        if has_number and invoice.number:
            found.append((self.words["number"], invoice.number))
        if has_date:
            found.append((self.words["date"], self.date(invoice.issue_date)))
        if invoice.due_date and self.look.shows_due_as == "fact":
            found.append((self.words["due"], self.date(invoice.due_date)))
        if invoice.delivery_date:
            found.append((self.words["delivery"], self.date(invoice.delivery_date)))
        if invoice.purchase_order:
            found.append((self.words["order"], invoice.purchase_order))
        if invoice.customer_number:
            found.append((self.words["customer"], invoice.customer_number))
        if invoice.vat_id and self.look.shows_tax_id_in == "facts":
            found.append((self.words["vat_id"], invoice.vat_id))
        if self.writing.currency_place == "none":
            found.append((self.words["currency"], invoice.currency))
        return found

    @property
    def terms(self) -> str:
        """When to pay, in a sentence; silent about the day where the invoice does not say it."""
        invoice = self.invoice
        if invoice.due_date is None:
            return self.words["terms_open"]
        days = (invoice.due_date - invoice.issue_date).days
        return self.words["terms"].format(date=self.date(invoice.due_date), days=days)

    def rule(self, y: float, *, width: float = 0.5, colour: str = "") -> None:
        self.sheet.rule(self.left, self.right, y, width=width, colour=colour or GREY)

    def turn(self) -> float:
        """Finish the page and start another; the y at which to go on."""
        self._number_page()
        self.foot()
        self.sheet.next_page()
        return self.head_further()

    def finish(self) -> bytes:
        self.foot()
        if self.sheet.page > 1:
            self._number_page()
        return self.sheet.finish()

    def _number_page(self) -> None:
        text = self.words["page"].format(page=self.sheet.page)
        self.sheet.text(
            self.right, self.sheet.height - 22, text, size=7, colour=GREY, align="right"
        )

    def _head_further(self) -> float:
        text = f"{self.invoice.seller.short_name} · {self.title} {self.invoice.number}"
        self.sheet.text(self.left, 50, text, size=8, colour=GREY)
        self.rule(56)
        return 80
