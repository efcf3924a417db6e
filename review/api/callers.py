"""Who calls: a person with rights per process, or a producer with a key for one process."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.request import Request

from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.contracts.queries import process_in_force
from governance.errors import InvalidInput, NotAllowed
from governance.models import ApiKey, User
from review import access
from review.models import Item
from review.revealing import queries as revealing
from review.revealing.sight import MASKED, WHOLE, Sight


class Caller:
    """The system behind a producer's key: it is known, but it is no person."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.pk = key.producer_id

    def __str__(self) -> str:
        return f"producer:{self.pk}"

    def sees_personal(self, process: str) -> bool:
        return self.key.process_id == process and self.key.reads_personal


def actor_of(request: Request) -> str:
    """The caller as the ledger names it."""
    user = request.user
    return str(user) if isinstance(user, Caller) else f"user:{user.pk}"


def producer_of(request: Request) -> UUID | None:
    return request.user.pk if isinstance(request.user, Caller) else None


def person(request: Request) -> User:
    """The person who calls. Raises NotAllowed for a producer's key."""
    if isinstance(request.user, User):
        return request.user
    raise NotAllowed("A producer's key hands items in and reads them; this is for people.")


def readable(request: Request) -> list[str]:
    """Slugs of the processes whose items the caller may read."""
    user = request.user
    if isinstance(user, Caller):
        return visible(request)
    return access.rights(user).processes("view_items")


def item_for(request: Request, item_id: UUID) -> Item:
    """An item that the caller may read; 404 where its process may not be seen."""
    if not isinstance(request.user, Caller):
        return access.item_for(person(request), item_id)
    item = Item.objects.filter(pk=item_id, process_id__in=readable(request)).first()
    if item is None:
        raise Http404
    return item


def sight_of(request: Request, item: Item) -> Sight:
    """What of an item's personal values this caller sees."""
    user = request.user
    if isinstance(user, Caller):
        return WHOLE if user.sees_personal(item.process_id) else MASKED
    return revealing.sight_of(item, person(request), agreement_of(item.contract_id))


def submit_process(request: Request, slug: str) -> Process:
    """A process that the caller may hand items to, with its contract's number.

    A process that does not exist and one that may not be seen give the same InvalidInput, so
    that nobody can tell them apart; NotAllowed where it may be seen but not handed to.
    """
    user = request.user
    if isinstance(user, Caller):
        if user.key.process_id != slug:
            raise NotAllowed("This key is for another process.")
    else:
        mine = access.rights(user)
        if not mine.has(slug, "submit_items"):
            if slug in mine.visible_processes():
                raise NotAllowed("You may not hand items in to this process.")
            raise InvalidInput("Unknown process.", {"process": "there is no such process"})
    process = process_in_force(slug)
    if process is None:
        raise InvalidInput("Unknown process.", {"process": "there is no such process"})
    return process


def visible_process(request: Request, slug: str) -> Process:
    """A process in which the caller has any right; 404 for others."""
    if slug not in visible(request):
        raise Http404
    process = Process.objects.select_related("contract").filter(pk=slug).first()
    if process is None:
        raise Http404
    return process


def visible(request: Request) -> list[str]:
    """Slugs of the processes in which the caller may do anything at all."""
    user = request.user
    if isinstance(user, Caller):
        return [user.key.process_id] if user.key.process_id else []
    return access.rights(user).visible_processes()


def require(request: Request, process: str, codename: str) -> User:
    """The person, with a right in a process they can see: 404, 403 or the person."""
    user = person(request)
    mine = access.rights(user)
    if mine.has(process, codename):
        return user
    if process in mine.visible_processes():
        raise PermissionDenied
    raise Http404
