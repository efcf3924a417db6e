"""Every column that can hold something of an item, and what erasing does to it.

The engine works from these tables alone, and a test walks all models: a text, JSON, binary or
vector column that stands in none of them fails it. Parts are the classes of retention
(governance.privacy.retention.models.PARTS); "item" is what goes only with the item as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance import models as governance
from review import models as review

TOMBSTONE = {"erased": True}


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows that go wholly; path leads from them to the item."""

    model: Any
    part: str
    path: str


@dataclass(frozen=True, slots=True)
class Blanked:
    """Columns of rows that stay: each gets its value, or stays null where it is null."""

    model: Any
    part: str
    path: str
    values: dict[str, Any]


# In this order: what points at others goes first.
GONE: tuple[Gone, ...] = (
    Gone(review.Findable, "content", "item"),
    Gone(review.PastCase, "content", "item"),
    Gone(review.DuplicateKey, "content", "item"),
    Gone(review.Findable, "documents", "item"),
    Gone(review.PastCase, "documents", "item"),
    Gone(review.Download, "documents", "document__item"),
    Gone(review.Page, "documents", "document__item"),
    Gone(review.Document, "documents", "item"),
    Gone(review.ItemKey, "documents", "item"),
    Gone(review.Mention, "notes", "note__item"),
    Gone(review.Note, "notes", "item"),
    Gone(review.Draft, "notes", "task__item"),
    Gone(review.Delivery, "item", "notice__item"),
    Gone(review.Notice, "item", "item"),
    Gone(review.IdempotencyKey, "item", "item"),
    # Kept while anything of the item is: they find it, and tell whether it is held.
    Gone(review.SubjectKey, "item", "item"),
)
BLANKED: tuple[Blanked, ...] = (
    Blanked(review.Item, "content", "pk", {"payload": TOMBSTONE, "seed": None}),
    Blanked(review.Candidate, "content", "item", {"output": TOMBSTONE, "evidence": {}, "raw": ""}),
    Blanked(review.ShadowCandidate, "content", "item", {"output": TOMBSTONE}),
    Blanked(review.Call, "content", "item", {"error": ""}),
    Blanked(
        review.Decision, "content", "item", {"output": TOMBSTONE, "evidence": {}, "reason": ""}
    ),
    Blanked(
        review.Effect,
        "content",
        "item",
        {"body": TOMBSTONE, "compensation": TOMBSTONE, "result": TOMBSTONE},
    ),
    Blanked(review.PassedOver, "notes", "task__item", {"reason": ""}),
    Blanked(review.Hold, "notes", "task__item", {"reason": ""}),
    Blanked(review.Handover, "notes", "task__item", {"note": ""}),
    Blanked(review.RunRow, "notes", "item", {"note": ""}),
    # A refusal keeps that there was a reason; the guards of both let these words go and no other.
    Blanked(review.GateHold, "notes", "item", {"comment": "erased"}),
    Blanked(governance.Reveal, "item", "item", {"purpose": "erased"}),
    # Words that somebody looked for, and why: of the run as a whole, for they may name the person.
    Blanked(review.Run, "item", "rows__item", {"query": "", "reason": ""}),
    Blanked(review.Item, "item", "pk", {"external_id": None, "salt": b""}),
)

# What a receipt calls the rows of each store; in files they keep their own names, for machines.
STORE_WORDS = {
    "calls": "errors of calls to a model",
    "candidates": "answers of the model",
    "decisions": "decisions",
    "deliverys": "deliveries of notices",
    "documents": "documents",
    "downloads": "records of downloads",
    "drafts": "drafts of decisions",
    "duplicate keys": "digests that find duplicates",
    "effects": "effects",
    "files": "files",
    "findables": "entries of the search",
    "gate holds": "comments on held outputs",
    "handovers": "notes at handing over",
    "holds": "reasons for holding a task",
    "idempotency keys": "marks of repeated requests",
    "item keys": "keys of files",
    "items": "items",
    "mentions": "mentions in notes",
    "notes": "notes",
    "notices": "notices",
    "pages": "pages of documents",
    "passed overs": "reasons for skipping a task",
    "past cases": "entries of the search for similar items",
    "reveals": "purposes of reveals",
    "run rows": "notes of bulk runs",
    "runs": "searches and reasons of bulk runs",
    "saved views": "saved views that named the person",
    "shadow candidates": "answers of shadows",
    "subject keys": "digests that find the person",
}

_IDS = "ids and names of our own making"
_CONTRACT = "from the contract, the same for all items"
_CODES = "codes and numbers; the ledger says the same"
_WORK = "about a person who works here, or about work, not about an item"
_RECORD = "the ledger holds commitments, never values; the salt that opens them is destroyed"
_MODELS = "about a model; measures of many items"
_RULES = "written for all items"
_REQUEST = "asked for here so as to name nobody, and part of the receipt"
# "app.Model": why for all columns; "app.Model.column": why for one.
KEPT: dict[str, str] = {
    "review.Item.segment": _CONTRACT,
    "review.Call.provider": _IDS,
    "review.Call.prompt_sha256": "digest of the contract's prompt",
    "review.Candidate.confidence": "numbers by name of field",
    "review.Candidate.sources": "kinds of confidence by name of field",
    "review.ShadowCandidate.confidence": "numbers by name of field",
    "review.ShadowCandidate.differing": "names of fields",
    "review.ShadowCandidate.state": _CODES,
    "review.ShadowCandidate.error": _CODES,
    "review.ShadowComparison": _MODELS,
    "review.Route.reasons": _CODES,
    "review.Route.stage": _IDS,
    "review.Effect.name": _CONTRACT,
    "review.Effect.connector": _CONTRACT,
    "review.Effect.target": _CONTRACT,
    "review.Effect.irreversible": _CONTRACT,
    "review.Effect.apology": _CONTRACT,
    "review.Effect.error": _CODES,
    "review.Run.options": _IDS,
    "review.Run.excluded": "numbers by reason",
    "review.RunRow.before": _IDS,
    "review.Writing": _IDS,
    "review.DuplicateSecret": "a key; the digests that it made go with their items",
    "review.SubjectSecret": "a key, wrapped; the digests that it made go with their items",
    "review.Queue": _CONTRACT,
    "review.QueueHour": _WORK,
    "review.PersonDay": _WORK,
    "review.NoticeChoices": _WORK,
    "review.Cursor": _IDS,
    # A saved view that looks for a value of the erased item loses its words: saved_views.py.
    "review.SavedView": "a person's own filter; loses words that name an erased item",
    "review.GateHold": _CODES,
    "review.IncidentSearch": "a question in codes, ids and instants, without words",
    "review.ErasureRequest": _REQUEST,
    "review.ErasureItem": "counts, fingerprints of destroyed keys, names of blobs",
    "governance.Process": _CONTRACT,
    "governance.Contract": _CONTRACT,
    "governance.ProcessKey": "a key, wrapped; without an item's seed it opens nothing of it",
    "governance.Model": _IDS,
    "governance.ModelVersion": "settings and measures of a model; it may have learned from items",
    "governance.Deployment": _IDS,
    "governance.Approval": "about versions, contracts and rules",
    "governance.Signature": "about versions, contracts and rules",
    "governance.Evidence": "about versions, contracts and rules",
    "governance.Comment": "about versions, contracts and rules",
    "governance.Delegation": _WORK,
    "governance.Halt": _WORK,
    "governance.Entry": _RECORD,
    "governance.Outbox": _RECORD,
    "governance.Leaf": _RECORD,
    "governance.Node": _RECORD,
    "governance.Checkpoint": _RECORD,
    "governance.User": _WORK,
    "governance.Producer": _WORK,
    "governance.ApiKey": _WORK,
    "governance.Training": _WORK,
    "governance.AccessReview": _WORK,
    "governance.AccessReviewLine": _WORK,
    "governance.RoleGrant": _WORK,
    "governance.Duty": _RULES,
    "governance.SignInCount": "keyed digests of names and addresses, gone after a day",
    "governance.PersonSession": _WORK,
    "governance.ResetRequest": "a keyed digest of an address, gone within seconds",
    "governance.SignInMail": _WORK,
    "governance.Intervention": _WORK,
    "governance.CardRevision": _MODELS,
    "governance.CardDraft": _MODELS,
    "governance.CardFacts": _MODELS,
    "governance.Policy": _RULES,
    "governance.PolicyVersion": _RULES,
    "governance.Incident": _REQUEST,
    "governance.ThresholdOverride": _WORK,
    "governance.Playbook": _RULES,
    "governance.PlaybookRun": _WORK,
    "governance.StepRun": _REQUEST,
    "governance.Export": "a bundle of the ledger, which holds commitments; gone after a week",
    "governance.Verification": _CODES,
    "governance.Witnessing": _CODES,
    "governance.Reveal": "ids, paths of fields and instants; who looked stays on record",
    "governance.LegalHold": "keyed digests, emptied when it is lifted",
    "governance.RetentionRule": "numbers",
}


def parts_of(wanted: list[str]) -> list[str]:
    """The classes that are meant: "item" is all of them."""
    return ["content", "documents", "notes", "item"] if "item" in wanted else list(wanted)
