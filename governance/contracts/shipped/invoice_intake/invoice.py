"""What an invoice says, before anybody draws it; all amounts are exact."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from governance.contracts.shipped.drawing.companies import Company

CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Line:
    """One row. discount is in per cent of quantity times price; rate in per cent."""

    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    rate: Decimal
    discount: Decimal = Decimal(0)
    article: str = ""

    @property
    def net_amount(self) -> Decimal:
        return cents(self.quantity * self.unit_price * (100 - self.discount) / 100)


@dataclass(frozen=True)
class Tax:
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Invoice:
    """What the paper says, which need not be right: totals are those printed.

    kind is invoice or credit_note, whose amounts are negative. Fields that are None or "" are not
    on the paper. note is a sentence the law asks for, such as on reverse charge.
    """

    language: str
    kind: str
    seller: Company
    buyer: Company
    number: str
    issue_date: datetime.date
    due_date: datetime.date | None
    delivery_date: datetime.date | None
    purchase_order: str
    customer_number: str
    currency: str
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    net_total: Decimal
    tax_total: Decimal
    gross_total: Decimal
    iban: str
    vat_id: str
    note: str = ""

    def as_output(self) -> dict[str, Any]:
        """The contract's output: what a careful person would read from it."""
        output: dict[str, Any] = {
            "seller_name": self.seller.name,
            "seller_vat_id": self.vat_id or None,
            "invoice_number": self.number or None,
            "issue_date": self.issue_date.isoformat(),
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "purchase_order": self.purchase_order or None,
            "currency": self.currency,
            "net_total": float(self.net_total),
            "tax_total": float(self.tax_total),
            "gross_total": float(self.gross_total),
            "iban": self.iban or None,
            "lines": [
                {
                    "description": one.description,
                    "quantity": float(one.quantity),
                    "unit_price": float(one.unit_price),
                    "tax_rate": float(one.rate),
                    "net_amount": float(one.net_amount),
                }
                for one in self.lines
            ],
        }
        return {name: value for name, value in output.items() if value is not None}


def taxes_of(lines: Iterable[Line]) -> tuple[Tax, ...]:
    """Tax by rate, rounded once a rate (EN 16931, BR-CO-17), highest rate first."""
    bases: dict[Decimal, Decimal] = {}
    for line in lines:
        bases[line.rate] = bases.get(line.rate, Decimal(0)) + line.net_amount
    return tuple(
        Tax(rate, base, cents(base * rate / 100)) for rate, base in sorted(bases.items())[::-1]
    )
