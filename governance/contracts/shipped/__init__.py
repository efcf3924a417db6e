"""Processes that come with Countersign: a contract, a maker of samples, a training set each."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import cast

from governance.contracts.shipped.sample import Maker

# Processes that decide on what a form says, and those that read documents.
FORM_SLUGS = ("customer-triage", "claims-triage")
DOCUMENT_SLUGS = ("invoice-intake", "kyc-intake")
SLUGS = FORM_SLUGS + DOCUMENT_SLUGS
# A document process's model, learnt beforehand, and what was measured; see make_training.
MODEL_FILE = "model.npz"
MODEL_CARD = "model.json"
# What is written about it: texts by field of governance.cards.schema.
CARD_TEXTS = "card.yaml"


def folder(slug: str) -> Path:
    """Where contract.yaml and training data of a shipped process lie. Raises LookupError."""
    _require(slug)
    return Path(__file__).parent / slug.replace("-", "_")


def training_file(slug: str) -> Path:
    """The examples from which the process's model is trained. Raises LookupError."""
    name = "training.jsonl.gz" if slug in DOCUMENT_SLUGS else "training.csv"
    return folder(slug) / name


def maker(slug: str) -> Maker:
    """The process's maker of samples, a module with make(). Raises LookupError."""
    _require(slug)
    package = f"{__name__}.{slug.replace('-', '_')}.maker"
    return cast(Maker, importlib.import_module(package))


def _require(slug: str) -> None:
    if slug not in SLUGS:
        raise LookupError(f"No process {slug!r} comes with Countersign, only {', '.join(SLUGS)}.")
