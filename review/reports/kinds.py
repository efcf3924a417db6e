"""The reports there are, and what each is evidence of.

The references are read from secondary sources and are a help for finding one's way, not a claim
that a duty is met.
"""

from review.reports import (
    access,
    approving,
    forgetting,
    incidents,
    inventory,
    oversight,
    records,
)
from review.reports.model import Kind, Reference

CAUTION = (
    "The references show where this report may serve as evidence. They are no legal advice and no "
    "statement that a duty is met; read them beside the texts in force."
)
_AI_ACT, _ISO, _NIST = "EU AI Act", "ISO/IEC 42001", "NIST AI RMF"

KINDS: tuple[Kind, ...] = (
    Kind(
        "inventory",
        "Model inventory",
        "Every model version, what it is, when it served and whether it is approved.",
        inventory.tables,
        (
            Reference(_AI_ACT, "Article 11, Annex IV", "technical documentation of each version"),
            Reference(_AI_ACT, "Article 10", "data that a version learnt from, by its report"),
            Reference(_ISO, "A.4.2, A.6.2", "resources and life cycle of AI systems"),
            Reference(_NIST, "GOVERN 1.6", "inventory of AI systems"),
        ),
    ),
    Kind(
        "oversight",
        "Oversight by people",
        "Who was named and trained to oversee, what they overrode, and when the model was stopped.",
        oversight.tables,
        (
            Reference(_AI_ACT, "Article 14", "oversight by people who can override and stop"),
            Reference(_AI_ACT, "Article 26(1), (2)", "named, trained overseers"),
            Reference(_AI_ACT, "Article 26(5)", "monitoring, and evidence of suspension"),
            Reference(_ISO, "A.9", "use of AI systems as intended"),
            Reference(_NIST, "MANAGE 2.4, 4.1", "disengaging; appeal and override"),
        ),
    ),
    Kind(
        "approvals",
        "Approvals",
        "What was asked for, who signed, and what is in force.",
        approving.tables,
        (
            Reference(_AI_ACT, "Article 9", "risk management before and during use"),
            Reference(_AI_ACT, "Article 15", "declared accuracy of what is approved"),
            Reference(_ISO, "A.5, A.6.2.5", "assessment before deployment"),
            Reference(_NIST, "GOVERN 2.1, MANAGE 1.1", "who decides whether to go on"),
        ),
    ),
    Kind(
        "access",
        "Access",
        "Who holds which role, what was given and taken, and which keys are live.",
        access.tables,
        (
            Reference(_AI_ACT, "Article 15(5)", "protection against unauthorised use"),
            Reference(_ISO, "A.3.2", "roles and responsibilities"),
            Reference(_NIST, "GOVERN 2.1", "roles and lines of communication"),
        ),
    ),
    Kind(
        "incidents",
        "Incidents",
        "What went wrong, how soon it was contained, and what was learnt.",
        incidents.tables,
        (
            Reference(_AI_ACT, "Article 26(5), 72, 73", "monitoring, and serious incidents"),
            Reference(_AI_ACT, "Article 9", "risks that showed in use, and the answer to them"),
            Reference(_ISO, "A.8.4", "communication of incidents"),
            Reference(_NIST, "MANAGE 4.3", "incidents tracked, answered and told"),
        ),
    ),
    Kind(
        "retention",
        "Retention and erasure",
        "How long what is kept, what was erased, what is held, who uncovered masked values.",
        forgetting.tables,
        (
            Reference(_AI_ACT, "Article 10(5)", "limits on special categories of personal data"),
            Reference(_AI_ACT, "Article 19", "logs are kept although data is erased"),
            Reference(_ISO, "A.7.2, A.7.4", "data management"),
            Reference(_NIST, "MAP 4.1, MEASURE 2.10", "privacy risk examined and documented"),
        ),
    ),
    Kind(
        "records",
        "Records",
        "Since when logs are kept, and how far they are sealed.",
        records.tables,
        (
            Reference(_AI_ACT, "Article 12", "automatic logs over the lifetime"),
            Reference(_AI_ACT, "Article 19, 26(6)", "logs kept for at least six months"),
            Reference(_AI_ACT, "Article 72", "monitoring after it is in use"),
            Reference(_ISO, "A.6.2.8", "event logs"),
            Reference(_NIST, "MEASURE 2.4", "monitoring in production"),
        ),
    ),
)


def kind_named(name: str) -> Kind | None:
    return next((kind for kind in KINDS if kind.name == name), None)
