"""Writing a model card: the form that saves itself, kept revisions, their history, exports."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.cards import merging, operations, queries
from governance.cards.completeness import completeness
from governance.cards.exports.cyclonedx import cyclonedx
from governance.cards.exports.markdown import markdown
from governance.cards.form import Field, Section
from governance.cards.models import CardRevision
from governance.cards.queries import Card
from governance.cards.schema import MAX_TEXT, SECTIONS
from governance.cards.table import Table
from governance.errors import Conflict, InvalidInput
from governance.models import ModelVersion, User
from review.console.pages import actor_of, page, refusal
from review.console.views.models import version_for

LISTED = 50  # revisions in the history
_FRAME = {"csrfmiddlewaretoken", "base"}  # of the form, beside its texts


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the form: what stands in it, what the newest revision says, what is measured."""

    field: Field
    text: str
    kept: str
    tables: tuple[Table, ...]
    is_clash: bool
    error: str

    @property
    def differs(self) -> bool:
        return self.text.strip() != self.kept


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The form with my draft, or else the newest revision; a POST keeps it as the next one."""
    actor = actor_of(request)
    version = version_for(actor, version_id, "manage_models")
    if request.method != "POST":
        return _form(request, version, actor)
    base, texts = _posted(request.POST)
    try:
        revision = operations.revise(version=version, author=actor, base=base, texts=texts)
    except Conflict:
        return _form(request, version, actor, status=409)
    except InvalidInput as error:
        return _form(request, version, actor, typed=(base, texts), refused=error, status=422)
    messages.success(request, f"Kept as revision {revision.number}.")
    return redirect("model-version", version.pk)


@login_required
@require_POST
def draft(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Save what is typed so far; says so, and whether somebody kept a revision meanwhile."""
    actor = actor_of(request)
    version = version_for(actor, version_id, "manage_models")
    base, texts = _posted(request.POST)
    try:
        saved = operations.save_draft(version=version, author=actor, base=base, texts=texts)
    except InvalidInput as error:
        return _saved(request, version, status=422, error=error)
    newest = queries.newest(version.pk)
    number = newest.number if newest else 0
    measured = queries.card(version).measured
    found = completeness(operations.clean(texts), measured)
    if saved is not None and saved.base != number:
        return _saved(request, version, status=409, newest=newest, saved=saved, completeness=found)
    return _saved(request, version, status=200, saved=saved, completeness=found)


@login_required
@require_POST
def take_up(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Put my draft onto the newest revision."""
    actor = actor_of(request)
    version = version_for(actor, version_id, "manage_models")
    try:
        taken = operations.take_up(version=version, author=actor)
    except Conflict as error:
        return refusal(request, error, status=409, back="models")
    messages.success(request, f"Your draft now goes on from revision {taken.base}.")
    return redirect("card", version.pk)


@login_required
@require_POST
def discard(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Throw my draft away."""
    actor = actor_of(request)
    version = version_for(actor, version_id, "manage_models")
    operations.drop_draft(version=version, author=actor)
    messages.success(request, "Your draft is gone; the kept revisions stay.")
    return redirect("model-version", version.pk)


@login_required
@require_GET
def history(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The kept revisions, and what changed between two of them: by default the last step."""
    version = version_for(actor_of(request), version_id)
    revisions = list(version.revisions.select_related("author").order_by("-number")[:LISTED])
    newest = revisions[0].number if revisions else 0
    to = _number(request, "to", newest)
    since = _number(request, "from", max(0, to - 1))
    context = {
        "version": version,
        "revisions": revisions,
        "since": since,
        "to": to,
        "numbers": [0, *sorted(one.number for one in revisions)],
        "changes": merging.diff(_texts(version, since), _texts(version, to)),
    }
    return page(request, "governance/models/history.html", context, current="governance")


_JSON = "application/vnd.cyclonedx+json; version=1.7"


def _pdf(card: Card) -> bytes:
    from governance.cards.exports.pdf import pdf  # reportlab: only where it is asked for

    return pdf(card)


_EXPORTS: dict[str, tuple[str, str, Callable[[Card], bytes]]] = {
    "markdown": ("md", "text/markdown; charset=utf-8", lambda card: markdown(card).encode()),
    "pdf": ("pdf", "application/pdf", _pdf),
    "cyclonedx": (
        "cdx.json",
        _JSON,
        lambda card: json.dumps(cyclonedx(card), indent=1, ensure_ascii=False).encode(),
    ),
}


@login_required
@require_GET
def export(request: HttpRequest, version_id: UUID, kind: str) -> HttpResponse:
    """The card as a file: of its newest revision, or of `?revision=`."""
    version = version_for(actor_of(request), version_id)
    if kind not in _EXPORTS:
        raise Http404
    ending, media_type, made = _EXPORTS[kind]
    revision = None
    if "revision" in request.GET:
        revision = _revision(version, _number(request, "revision", 0))
    content = made(queries.card(version, revision))
    response = HttpResponse(content, content_type=media_type)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{version.model.name}-v{version.number}")
    response["Content-Disposition"] = f'attachment; filename="{name}-card.{ending}"'
    return response


def _form(
    request: HttpRequest,
    version: ModelVersion,
    actor: User,
    *,
    typed: tuple[int, dict[str, str]] | None = None,
    refused: InvalidInput | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form with what was typed, or else the draft, or else the newest revision."""
    card = queries.card(version)
    mine = queries.draft_of(version.pk, actor.pk)
    number = card.revision.number if card.revision else 0
    base, texts = typed or ((mine.base, mine.texts) if mine else (number, card.texts))
    is_stale = base != number
    clashes = merging.clashes(_texts(version, base), texts, card.texts) if is_stale else []
    errors = refused.errors if refused else {}
    sections: list[tuple[Section, list[Row]]] = [
        (
            section,
            [
                Row(
                    field,
                    texts.get(field.key, ""),
                    card.texts.get(field.key, ""),
                    card.measured.get(field.key, ()),
                    field.key in clashes,
                    errors.get(field.key, ""),
                )
                for field in section.fields
            ],
        )
        for section in SECTIONS
    ]
    context = {
        "version": version,
        "card": card,
        "sections": sections,
        "completeness": completeness(texts, card.measured),
        "base": base,
        "next_number": number + 1,
        "draft": mine,
        "saved": mine,
        "is_stale": is_stale,
        "changed_by_others": merging.diff(_texts(version, base), card.texts) if is_stale else [],
        "refused": refused,
        "max_text": MAX_TEXT,
    }
    return page(
        request, "governance/models/card_form.html", context, current="governance", status=status
    )


def _saved(
    request: HttpRequest, version: ModelVersion, *, status: int, **context: object
) -> HttpResponse:
    return render(
        request,
        "governance/models/card_form.html#saved",
        {"version": version, "is_swap": True, **context},
        status=status,
    )


def _posted(data: QueryDict) -> tuple[int, dict[str, str]]:
    """The revision that the form began from, and every other value as the text of a field."""
    base = str(data.get("base", ""))
    texts = {name: str(data[name]) for name in data if name not in _FRAME}
    return int(base) if base.isascii() and base.isdigit() and len(base) < 10 else 0, texts


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _texts(version: ModelVersion, number: int) -> dict[str, str]:
    """The texts of a revision; of number 0, none."""
    return _revision(version, number).texts if number else {}


def _revision(version: ModelVersion, number: int) -> CardRevision:
    found = queries.revision(version.pk, number)
    if found is None:
        raise Http404
    return found
