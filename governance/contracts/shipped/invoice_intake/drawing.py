"""An invoice on paper: a layout is chosen, everything is drawn, a PDF comes out."""

from __future__ import annotations

import random

from governance.contracts.shipped.invoice_intake.invoice import Invoice
from governance.contracts.shipped.invoice_intake.layouts import AT_HOME, FAMILIES, LAYOUTS
from governance.contracts.shipped.invoice_intake.paper import Paper


def choose_layout(chance: random.Random, invoice: Invoice) -> str:
    """The name of a layout that is usual where the seller sits."""
    country = invoice.seller.country
    return chance.choice([name for name in LAYOUTS if country in AT_HOME.get(name, (country,))])


def draw(invoice: Invoice, chance: random.Random, layout: str = "") -> Paper:
    """The paper with all of the invoice on it; finish() makes it a PDF."""
    name = layout or choose_layout(chance, invoice)
    paper = Paper(invoice, chance, family=FAMILIES.get(name, ""))
    LAYOUTS[name](paper)
    return paper
