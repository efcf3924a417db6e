"""What the demo hands in: everyday work, and one of each thing that makes people look up."""

from __future__ import annotations

from collections.abc import Iterator

from governance.contracts import shipped
from governance.contracts.shipped.sample import Sample

SEED = 7  # never that of training data
FORM_ITEMS = 120
# At which place what is odd; all other places are sound.
_INVOICES = {
    4: "wrong_total",
    7: "hybrid_disagrees",
    9: "wrong_iban",
    11: "other_amount",
    14: "near_identical",
    16: "instruction",
    18: "encrypted",
    20: "no_account",
    22: "duplicate",
    24: "white_instruction",
    27: "wrong_net",
    29: "due_first",
    31: "hybrid_disagrees",
    33: "bare",
    35: "tiny_instruction",
    37: "other_order",
    39: "damaged",
}
_APPLICATIONS = {
    2: "expired",
    4: "wrong_digit",
    6: "listed",
    8: "other_name",
    10: "minor",
    12: "other_birth",
    13: "page_differs",
    15: "encrypted",
    17: "long_name",
    18: "high_risk",
    20: "repeated",
}


def samples(slug: str) -> Iterator[Sample]:
    """The demo's items of a process, the same each time. Raises LookupError."""
    if slug == "invoice-intake":
        from governance.contracts.shipped.invoice_intake import maker as invoices

        for at in range(1, 41):
            yield invoices.sample(SEED, at, oddity=_INVOICES.get(at, ""))
    elif slug == "kyc-intake":
        from governance.contracts.shipped.kyc_intake import maker as applications

        for at in range(1, 21):
            yield applications.sample(SEED, at, oddity=_APPLICATIONS.get(at, ""))
    else:
        yield from shipped.maker(slug).make(FORM_ITEMS, SEED)
