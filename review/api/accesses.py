"""Who can do what in a process: what the console's pages of access list."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.held import PersonRights, live_keys, rights_held
from governance.models import ApiKey
from review.api import callers
from review.api.answers import Answer, one_of
from review.api.answers import answers as responses
from review.api.presenting import Json


class RightSource(Answer):
    name = s.CharField(help_text="A role, or `given directly`.")
    until = s.DateTimeField(allow_null=True)


class HeldRight(Answer):
    right = s.CharField()
    words = s.CharField()
    by = RightSource(many=True)


class PersonAccess(Answer):
    id = s.UUIDField()
    username = s.CharField()
    name = s.CharField()
    is_active = s.BooleanField()
    rights = HeldRight(many=True)


class KeyAccess(Answer):
    key = s.CharField(help_text="What the key begins with.")
    of = one_of(["producer", "person"])
    owner = s.CharField()
    for_all_processes = s.BooleanField()
    scopes = s.ListField(child=s.CharField())
    created_at = s.DateTimeField()
    last_used_at = s.DateTimeField(allow_null=True)
    expires_at = s.DateTimeField(allow_null=True)


class ProcessAccess(Answer):
    process = s.SlugField()
    people = PersonAccess(many=True)
    keys = KeyAccess(many=True)


@extend_schema(
    operation_id="get_access",
    summary="Who can do what in a process, by which roles, and which keys reach it",
    responses=responses({200: ProcessAccess}, 404),
)
@api_view(["GET"])
def who_can(request: Request, slug: str) -> Response:
    callers.require(request, slug, "manage_access")
    people = [_person(one) for one in rights_held(slug)]
    return Response({"process": slug, "people": people, "keys": [_key(k) for k in live_keys(slug)]})


def _person(one: PersonRights) -> Json:
    return {
        "id": one.person.pk,
        "username": one.person.username,
        "name": one.person.display_name,
        "is_active": one.person.is_active,
        "rights": [
            {
                "right": right.codename,
                "words": right.words,
                "by": [{"name": source.name, "until": source.until} for source in right.sources],
            }
            for right in one.rights
        ],
    }


def _key(key: ApiKey) -> Json:
    return {
        "key": key.prefix,
        "of": "producer" if key.producer_id else "person",
        "owner": key.owner_name,
        "for_all_processes": key.process_id is None,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "expires_at": key.expires_at,
    }
