"""Which person of ours an account at the provider belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from governance.errors import NotAllowed
from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.signin.throttle import SYSTEM

CLAIMS = ("email", "preferred_username", "sub")
MAX_NAME = 150


class Unknown(NotAllowed):
    """Nobody here belongs to that account."""

    code = "unknown_person"


@transaction.atomic
def link(
    *, provider: str, claims: Mapping[str, Any], claim: str, create: bool, trust_email: bool
) -> SocialAccount:
    """Find the person by the claim, or make one without roles, and remember the account's `sub`.

    From then on `sub` alone decides, so that an address which goes to somebody else brings nobody
    in. Raises Unknown where nobody fits, several do, or the person has another account already.
    """
    person = _found(claims, claim, trust_email)
    if person is None and create:
        person = _made(claims, claim, trust_email)
    if person is None:
        raise Unknown("Nobody here belongs to that account.")
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if SocialAccount.objects.filter(user=person, provider=provider).exists():
        raise Unknown("That person signs in with another account.")
    account = SocialAccount.objects.create(user=person, provider=provider, uid=str(claims["sub"]))
    ledger.append(
        "person.linked", actor=SYSTEM, data={"user": str(person.pk), "provider": provider}
    )
    return account


def _found(claims: Mapping[str, Any], claim: str, trust_email: bool) -> User | None:
    value = _value(claims, claim, trust_email)
    if not value:
        return None
    if claim == "email":
        people = list(User.objects.filter(email__iexact=value)[:2])
        return people[0] if len(people) == 1 else None
    return User.objects.filter(username=value).first()


def _value(claims: Mapping[str, Any], claim: str, trust_email: bool) -> str:
    """What the provider says; an address only if it says that it checked it."""
    value = claims.get(claim)
    if not isinstance(value, str) or "\0" in value or len(value) > 254:
        return ""
    if claim == "email" and not trust_email and claims.get("email_verified") is not True:
        return ""
    return value.strip()


def _made(claims: Mapping[str, Any], claim: str, trust_email: bool) -> User | None:
    value = _value(claims, claim, trust_email)
    if not value or len(value) > MAX_NAME or User.objects.filter(username=value).exists():
        return None
    if claim == "email" and User.objects.filter(email__iexact=value).exists():
        return None
    person = User(
        username=value,
        first_name=_text(claims, "given_name"),
        last_name=_text(claims, "family_name"),
        email=_value(claims, "email", trust_email),
    )
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        return None
    ledger.append("person.created", actor=SYSTEM, data={"user": str(person.pk), "by": "oidc"})
    return person


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.replace("\0", "")[:150] if isinstance(value, str) else ""


def is_linked(user: User, provider: str) -> bool:
    return SocialAccount.objects.filter(user=user, provider=provider).exists()
