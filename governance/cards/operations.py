"""Writing cards: drafts that save themselves, revisions that stay, facts nobody can type."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.db import transaction
from django.utils import timezone

from governance.cards import merging, queries
from governance.cards.models import CardDraft, CardFacts, CardRevision
from governance.cards.schema import AUTHORED, FIELDS, MAX_TEXT
from governance.catalogue.models import ModelVersion
from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.models import User


def save_draft(
    *, version: ModelVersion, author: User, base: int, texts: Mapping[str, str]
) -> CardDraft | None:
    """Keep what somebody has typed since revision base; None where that is the newest revision's.

    Never a conflict, so that nothing typed is lost; whoever shows the draft compares its base with
    the newest revision. Raises InvalidInput for a field that is measured or unknown, or too long.
    """
    cleaned = clean(texts)
    newest = queries.newest(version.pk)
    with transaction.atomic():
        mine = CardDraft.objects.filter(version=version, author=author)
        if cleaned == (newest.texts if newest else {}):
            mine.delete()  # also what arrives late, after it was kept
            return None
        draft, _ = CardDraft.objects.update_or_create(
            version=version,
            author=author,
            defaults={"base": base, "texts": cleaned, "updated_at": timezone.now()},
        )
    return draft


def drop_draft(*, version: ModelVersion, author: User) -> None:
    """Forget what somebody has typed; the kept revisions stay."""
    CardDraft.objects.filter(version=version, author=author).delete()


def revise(
    *, version: ModelVersion, author: User, base: int, texts: Mapping[str, str]
) -> CardRevision:
    """Keep the texts as the next revision, if base is still the newest one.

    Raises Conflict where somebody kept another meanwhile, with the texts saved as the author's
    draft; InvalidInput where nothing has changed, and as save_draft does.
    """
    cleaned = clean(texts)
    kept = _keep(version, author, base, cleaned)
    if kept is None:
        save_draft(version=version, author=author, base=base, texts=cleaned)
        raise Conflict(
            "Somebody kept another revision meanwhile. Your texts are saved as your draft."
        )
    return kept


@transaction.atomic
def _keep(
    version: ModelVersion, author: User, base: int, texts: dict[str, str]
) -> CardRevision | None:
    ModelVersion.objects.select_for_update().get(pk=version.pk)
    newest = queries.newest(version.pk)
    if base != (newest.number if newest else 0):
        return None
    if texts == (newest.texts if newest else {}):
        raise InvalidInput("Nothing has changed since the newest revision.")
    number = base + 1
    digest = digest_of({"version": version.digest, "number": number, "texts": texts})
    revision = CardRevision.objects.create(
        version=version,
        number=number,
        texts=texts,
        digest=digest,
        author=author,
        at=timezone.now(),
    )
    drop_draft(version=version, author=author)
    ledger.append(
        "card.revised",
        process=version.model.process_id,
        actor=f"user:{author.pk}",
        data={
            "version": str(version.pk),
            "revision": str(revision.pk),
            "number": number,
            "digest": digest,
        },
    )
    return revision


@transaction.atomic
def take_up(*, version: ModelVersion, author: User) -> CardDraft:
    """Put a draft onto the newest revision: what only others changed comes from them.

    Where both changed a field, the author's text stays, with theirs shown beside it. Raises
    Conflict where there is no draft.
    """
    draft = CardDraft.objects.select_for_update().filter(version=version, author=author).first()
    if draft is None:
        raise Conflict("There is no draft of yours any more.")
    newest = queries.newest(version.pk)
    if newest is None or newest.number == draft.base:
        return draft
    before = queries.revision(version.pk, draft.base)
    draft.texts = merging.merge(before.texts if before else {}, draft.texts, newest.texts)
    draft.base, draft.updated_at = newest.number, timezone.now()
    draft.save(update_fields=["texts", "base", "updated_at"])
    return draft


@transaction.atomic
def ask_measuring(*, version: ModelVersion, actor: str) -> CardFacts:
    """Note that the facts are to be measured anew; asking again while it is due changes nothing."""
    facts, _ = CardFacts.objects.select_for_update().get_or_create(version=version)
    if facts.asked_at is None:
        facts.asked_at = timezone.now()
        facts.save(update_fields=["asked_at"])
        ledger.append(
            "card.measuring_asked",
            process=version.model.process_id,
            actor=actor,
            data={"version": str(version.pk)},
        )
    return facts


@transaction.atomic
def store_facts(
    *, version_id: UUID, facts: Mapping[str, Any], began_at: datetime, actor: str
) -> CardFacts:
    """Keep what was measured; what was asked for after it began stays due.

    facts is plain JSON with finite numbers. An older measurement never replaces a newer one.
    """
    version = ModelVersion.objects.select_related("model").get(pk=version_id)
    CardFacts.objects.get_or_create(version=version)
    row = CardFacts.objects.select_for_update().get(version=version)
    if row.measured_at is not None and row.measured_at >= began_at:
        return row
    digest = digest_of(facts)
    row.facts, row.digest, row.measured_at = dict(facts), digest, began_at
    if row.asked_at is not None and row.asked_at <= began_at:
        row.asked_at = None
    row.save()
    ledger.append(
        "card.measured",
        process=version.model.process_id,
        actor=actor,
        data={"version": str(version_id), "digest": digest},
    )
    return row


def clean(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts without blank ones and outer blanks, with plain line ends.

    Raises InvalidInput with a reason by field.
    """
    wrong: dict[str, str] = {}
    cleaned: dict[str, str] = {}
    for key, text in texts.items():
        if key not in AUTHORED:
            wrong[key] = "is measured, not typed" if key in FIELDS else "is no field of a card"
            continue
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if len(text) > MAX_TEXT:
            wrong[key] = f"at most {MAX_TEXT:,} characters"
        elif "\x00" in text:
            wrong[key] = "holds a character that cannot be stored"
        elif text:
            cleaned[key] = text
    if wrong:
        said = "; ".join(f"{key}: {why}" for key, why in wrong.items())
        raise InvalidInput(f"The card cannot take this: {said}.", wrong)
    return cleaned


def digest_of(value: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the RFC 8785 canonical JSON."""
    return hashlib.sha256(rfc8785.dumps(dict(value))).hexdigest()
