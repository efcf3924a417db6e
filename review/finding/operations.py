"""Filters that people keep, and share with a role."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.models import User
from governance.roles.roles import Role
from review.access import Rights
from review.models import SavedView

MOST_EACH = 50


def roles_of(user: User) -> set[str]:
    """The names of the roles a person holds, in whatever process."""
    names = user.groups.values_list("name", flat=True)
    return {name.partition("@")[0] for name in names} & {str(role) for role in Role}


def views_for(user: User) -> QuerySet[SavedView]:
    """A person's own views and those shared with a role of theirs, by name."""
    mine = Q(owner=user) | Q(shared_with__in=roles_of(user))
    return SavedView.objects.filter(mine).select_related("owner").order_by("name", "pk")


def may_share(rights: Rights) -> bool:
    return rights.has_anywhere("reassign_tasks")


@transaction.atomic
def save(*, owner: User, rights: Rights, name: str, query: str, shared_with: str = "") -> SavedView:
    """Keep a filter under a name; one of the same name is replaced.

    Raises InvalidInput without a name, for one who may not share, and beyond MOST_EACH views.
    """
    name = " ".join(name.split())[:80]
    if not name:
        raise InvalidInput("Give the view a name.", {"name": "A name is needed."})
    if len(query) > 2000:
        raise InvalidInput("The filter is too long to keep.", {"query": "too long"})
    if shared_with and not (shared_with in {str(one) for one in Role} and may_share(rights)):
        raise InvalidInput("Team leads share views.", {"shared_with": "not allowed"})
    others = SavedView.objects.filter(owner=owner).exclude(name=name).count()
    if others >= MOST_EACH:
        raise InvalidInput(f"At most {MOST_EACH} views each.", {"name": "too many views"})
    try:
        view, _ = SavedView.objects.update_or_create(
            owner=owner, name=name, defaults={"query": query, "shared_with": shared_with}
        )
    except IntegrityError:
        raise Conflict("The view was saved at the same moment elsewhere.") from None
    ledger.append(
        "view.saved",
        actor=f"user:{owner.pk}",
        data={"view": str(view.pk), "shared_with": shared_with},
    )
    return view


@transaction.atomic
def remove(*, view_id: UUID, owner: User) -> None:
    """Forget a view of one's own. Raises Conflict if it is gone or another's."""
    deleted, _ = SavedView.objects.filter(pk=view_id, owner=owner).delete()
    if not deleted:
        raise Conflict("This view is not yours, or was removed already.")
    ledger.append("view.removed", actor=f"user:{owner.pk}", data={"view": str(view_id)})
