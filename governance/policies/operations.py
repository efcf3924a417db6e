"""Writing policies and asking for their approval: the only code that changes them."""

from __future__ import annotations

import re
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.approvals import operations as approvals
from governance.approvals.models import Approval
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.models import User
from governance.policies import queries
from governance.policies.models import Policy, PolicyVersion
from governance.policies.texts import digest_of

MAX_TEXT_CHARACTERS = 100_000
SLUG = re.compile(r"[a-z][a-z0-9-]{0,59}")


@transaction.atomic
def create(
    *, slug: str, title: str, process: str | None, text: str, actor: User | None, change: str = ""
) -> PolicyVersion:
    """A new policy with its first version; process None is for every process.

    Raises InvalidInput for a slug that is no name or taken, and for a title or text that is empty
    or too long.
    """
    slug, title = slug.strip(), title.strip()
    errors = _text_errors(text, change)
    if not SLUG.fullmatch(slug):
        errors["slug"] = "Lower-case letters, digits and -, at most 60, starting with a letter."
    if not 0 < len(title) <= 120:
        errors["title"] = "1 to 120 characters."
    if errors:
        raise InvalidInput("This is no policy yet.", errors)
    try:
        with transaction.atomic():
            policy = Policy.objects.create(
                slug=slug, title=title, process_id=process, created_at=timezone.now()
            )
    except IntegrityError:
        taken = {"slug": "There is a policy of this name."}
        raise InvalidInput("There is a policy of this name.", taken) from None
    return _add(policy, 1, text, change, actor)


@transaction.atomic
def write(
    *, policy_id: UUID, text: str, actor: User | None, follows: int, change: str = ""
) -> PolicyVersion:
    """The next version of a policy, in force once it is approved.

    follows is the number of the version that the author read. Raises Conflict where there is a
    newer one by now, or the text is what it says already; InvalidInput for one that is empty or too
    long.
    """
    errors = _text_errors(text, change)
    if errors:
        raise InvalidInput("This text cannot be kept.", errors)
    policy = Policy.objects.select_for_update().get(pk=policy_id)
    latest = policy.versions.order_by("-number").first()
    number = latest.number if latest else 0
    if number != follows:
        raise Conflict(f"Version {number} has been written meanwhile; read it first.")
    if latest is not None and latest.text == _tidy(text):
        raise Conflict("That is what the last version says already.")
    return _add(policy, number + 1, text, change, actor)


def ask_approval(version: PolicyVersion, *, actor: User, reason: str) -> Approval:
    """Ask for a version to come into force. Raises Conflict for one that is not the newest."""
    policy = version.policy
    if policy.versions.filter(number__gt=version.number).exists():
        raise Conflict("There is a newer version; ask for that one.")
    now_in_force = queries.in_force(policy)
    return approvals.request(
        kind=Approval.Kind.POLICY,
        process=policy.process_id,
        subject=str(version.pk),
        digest=version.digest,
        title=f"{policy.title}, version {version.number}",
        risk=_risk(policy.process),
        reason=reason,
        actor=actor,
        author=version.author,
        before=None if now_in_force is None else {"text": now_in_force.text},
        after={"text": version.text},
    )


def _add(policy: Policy, number: int, text: str, change: str, actor: User | None) -> PolicyVersion:
    text = _tidy(text)
    version = PolicyVersion.objects.create(
        policy=policy,
        number=number,
        text=text,
        digest=digest_of(policy.slug, text),
        change=change.strip(),
        author=actor,
        written_at=timezone.now(),
    )
    ledger.append(
        "policy.written",
        process=policy.process_id,
        actor=f"user:{actor.pk}" if actor else "system:seed_demo",
        data={"policy": policy.slug, "version": number, "digest": version.digest},
    )
    return version


def _tidy(text: str) -> str:
    """Line ends as they are on paper: browsers send them as \\r\\n."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


def _text_errors(text: str, change: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not text.strip() or "\0" in text:
        errors["text"] = "Write what holds."
    elif len(text) > MAX_TEXT_CHARACTERS:
        errors["text"] = f"At most {MAX_TEXT_CHARACTERS:,} characters."
    if len(change.strip()) > 300 or "\0" in change:
        errors["change"] = "At most 300 characters."
    return errors


def _risk(process: Process | None) -> str:
    """How soon its approval is asked for again: what holds everywhere as for the highest risk."""
    if process is None or process.contract_id is None:
        return "high"
    return agreement_of(process.contract_id).risk
