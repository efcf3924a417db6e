"""What a bundle holds beside the ledger: governance's own tables as they stand, as plain JSON.

They are for reading. What proves them are the ledger's entries, which hold their digests.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q

from governance.approvals.models import Approval
from governance.cards.models import CardRevision
from governance.catalogue.models import Deployment
from governance.contracts.models import Contract
from governance.incidents.models import Halt, Incident
from governance.policies.models import PolicyVersion

Rows = Iterable[dict[str, Any]]


def approvals(process: str | None) -> Rows:
    """Every request with its signatures, comments and the digests of its evidence."""
    found = Approval.objects.prefetch_related("signatures", "comments", "evidence")
    for one in _of(found, process).order_by("pk"):
        yield {
            **_plain(one, "author_id", "requested_by_id"),
            "author": _person(one.author_id),
            "requested_by": _person(one.requested_by_id),
            "signatures": [
                {
                    **_plain(each, "actor_id", "principal_id", "approval_id"),
                    "actor": _person(each.actor_id),
                    "principal": _person(each.principal_id),
                }
                for each in one.signatures.all()
            ],
            "comments": [
                {**_plain(each, "actor_id", "approval_id"), "actor": _person(each.actor_id)}
                for each in one.comments.all()
            ],
            "evidence": [
                {
                    "name": each.name,
                    "media_type": each.media_type,
                    "digest": each.digest,
                    "added_by": _person(each.added_by_id),
                    "at": each.at.isoformat(),
                }
                for each in one.evidence.all()
            ],
        }


def deployments(process: str | None) -> Rows:
    """Which version served which process in which role, since when and until when."""
    for one in _of(
        Deployment.objects.select_related("version__model"), process, everywhere=False
    ).order_by("pk"):
        yield {
            **_plain(one),
            "model": one.version.model.name,
            "number": one.version.number,
            "provider": one.version.provider,
            "digest": one.version.digest,
        }


def contracts(process: str | None) -> Rows:
    """Every version of the agreements, as it was applied."""
    for one in _of(Contract.objects.all(), process, everywhere=False).order_by("process", "number"):
        yield _plain(one, "body")


def halts(process: str | None) -> Rows:
    """When acting alone was stopped, by whom, and until when."""
    for one in _of(Halt.objects.all(), process).order_by("pk"):
        yield _plain(one)


def incidents(process: str | None) -> Rows:
    """What went wrong, from when it was noticed to what was learnt. Texts stay here: they are
    written by hand."""
    texts = ("title", "summary", "cause", "impact", "measures")
    for one in _of(Incident.objects.all(), process).order_by("number"):
        yield {**_plain(one, "owner_id", *texts), "owner": _person(one.owner_id)}


def cards(process: str | None) -> Rows:
    """Every revision of the model cards, by its digest; the texts are exported with the card."""
    found = CardRevision.objects.select_related("version__model", "author")
    if process is not None:
        found = found.filter(version__model__process=process)
    for one in found.order_by("pk"):
        yield {
            **_plain(one, "texts", "author_id"),
            "author": _person(one.author_id),
            "model": one.version.model.name,
            "version_digest": one.version.digest,
        }


def policies(process: str | None) -> Rows:
    """Every version of the policies, with its text."""
    found = PolicyVersion.objects.select_related("policy")
    if process is not None:
        found = found.filter(Q(policy__process=process) | Q(policy__process__isnull=True))
    for one in found.order_by("pk"):
        yield {
            **_plain(one, "author_id"),
            "author": _person(one.author_id),
            "policy": one.policy.slug,
            "process": one.policy.process_id,
        }


PARTS: dict[str, Callable[[str | None], Rows]] = {
    "approvals.json": approvals,
    "contracts.json": contracts,
    "deployments.json": deployments,
    "halts.json": halts,
    "incidents.json": incidents,
    "cards.json": cards,
    "policies.json": policies,
}


def _of(rows: Any, process: str | None, *, everywhere: bool = True) -> Any:
    """The rows of one process and, where there are such, those that hold everywhere."""
    if process is None:
        return rows
    own = Q(process_id=process)
    return rows.filter(own | Q(process__isnull=True) if everywhere else own)


def _plain(row: Any, *without: str) -> dict[str, Any]:
    """A row's columns as JSON has them."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: _json(value) for name, value in values.items() if name not in without}


def _json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def _person(user_id: Any) -> str | None:
    return None if user_id is None else f"user:{user_id}"
