"""Producers' keys: what a key reaches is chosen once, and the database keeps it so."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from governance.errors import InvalidInput
from governance.models import ApiKey, Entry, Producer
from governance.roles.keys import issue_key, make_producer, revoke_key, rotate_key
from tests import factories

pytestmark = pytest.mark.django_db
SCOPES = ["items:read", "items:personal"]


@pytest.fixture
def shop():
    return make_producer(name="  Web   shop ", process="desk", actor=factories.ACTOR)


def issue(process, producer, scopes=("items:read",), **options):
    return issue_key(
        actor=factories.ACTOR, scopes=scopes, producer=producer, process=process, **options
    )[0]


def test_a_name_is_one_producer_and_its_making_is_recorded_once(shop):
    assert shop.name == "Web shop"
    again = make_producer(name="Web shop", process="elsewhere", actor=factories.ACTOR)
    assert again == shop
    assert Entry.objects.filter(kind="producer.made", process="desk").count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b", "a\u202eb"])
def test_a_name_that_is_none_makes_nobody(db, name):
    with pytest.raises(InvalidInput):
        make_producer(name=name, process="desk", actor=factories.ACTOR)
    assert not Producer.objects.exists()


@pytest.mark.parametrize(
    "scopes", [[], ["items:everything"], ["items:read", "items:read"], ["tasks:decide"], SCOPES]
)
def test_scopes_of_another_kind_none_and_personal_without_a_reason_make_no_key(
    process, shop, scopes
):
    with pytest.raises(InvalidInput):
        issue(process, shop, scopes)
    assert not ApiKey.objects.exists()


def test_a_person_gets_no_key_for_personal_values(process, cast):
    with pytest.raises(InvalidInput):
        issue_key(actor=factories.ACTOR, scopes=SCOPES, user=cast.operator, reason="I want it.")


def test_who_issued_it_and_why_is_kept_and_the_entry_says_what_it_reaches(process, cast, shop):
    officer, ends = cast.compliance_officer, timezone.now() + timedelta(days=30)
    key, _ = issue_key(
        actor=f"user:{officer.pk}",
        scopes=SCOPES,
        producer=shop,
        process=process,
        expires_at=ends,
        reason="It pays out.",
    )
    assert (key.issued_by, key.reason) == (officer, "It pays out.")
    said = Entry.objects.get(kind="api_key.issued").data
    assert said == {
        "key": key.prefix,
        "scopes": SCOPES,
        "producer": str(shop.pk),
        "until": ends.isoformat(),
    }


def test_a_rotated_key_reaches_the_same_for_the_same_reason(process, shop):
    old = issue(process, shop, SCOPES, reason="It pays out.")
    new, _ = rotate_key(key_id=old.pk, overlap=timedelta(days=1), actor=factories.ACTOR)
    assert (new.scopes, new.reason, new.producer, new.process) == (
        SCOPES,
        "It pays out.",
        shop,
        process,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": ["items:read", "items:write"]},
        {"reason": "Another"},
        {"prefix": "csk_ffffffff"},
        {"secret_sha256": b"x" * 32},
        {"issued_by": None},
    ],
)
def test_the_database_refuses_a_key_that_reaches_something_else(process, cast, shop, change):
    key, _ = issue_key(
        actor=f"user:{cast.compliance_officer.pk}",
        scopes=["items:read"],
        producer=shop,
        process=process,
    )
    with pytest.raises(DatabaseError, match="does not change"):
        ApiKey.objects.filter(pk=key.pk).update(**change)


def test_the_database_keeps_a_key_with_its_producer_and_process(process, shop):
    key = issue(process, shop)
    other = Producer.objects.create(name="other")
    elsewhere = factories.make_process("elsewhere")
    for change in ({"producer": other}, {"process": elsewhere}):
        with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
            ApiKey.objects.filter(pk=key.pk).update(**change)


def test_the_database_lets_a_key_end_sooner_and_never_later(process, shop):
    ends = timezone.now() + timedelta(days=3)
    keys = ApiKey.objects.filter(pk=issue(process, shop, expires_at=ends).pk)
    assert keys.update(expires_at=ends - timedelta(days=1), last_used_at=timezone.now()) == 1
    for later in (ends, None):
        with pytest.raises(DatabaseError, match="not made longer"), transaction.atomic():
            keys.update(expires_at=later)


def test_the_database_keeps_a_revoked_key_revoked(process, shop):
    key = issue(process, shop)
    revoke_key(key_id=key.pk, actor=factories.ACTOR)
    for other in (None, timezone.now()):
        with pytest.raises(DatabaseError, match="stays revoked"), transaction.atomic():
            ApiKey.objects.filter(pk=key.pk).update(revoked_at=other)


@pytest.mark.parametrize(
    ("scopes", "reason", "constraint"),
    [
        (["tasks:decide"], "", "api_key_scopes_of_its_kind"),
        (SCOPES, "", "personal_values_for_a_reason"),
    ],
)
def test_the_database_refuses_scopes_whoever_writes_them(process, shop, scopes, reason, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        ApiKey.objects.create(
            producer=shop,
            process=process,
            scopes=scopes,
            reason=reason,
            prefix="csk_00000000",
            secret_sha256=b"x" * 32,
        )


def test_the_database_refuses_a_persons_key_for_personal_values(process, cast):
    with pytest.raises(IntegrityError, match="api_key_scopes_of_its_kind"):
        ApiKey.objects.create(
            user=cast.operator,
            scopes=SCOPES,
            reason="x",
            prefix="csk_00000000",
            secret_sha256=b"x" * 32,
        )
