"""Letting versions shadow the champion, and what ends it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from governance.approvals import asking
from governance.catalogue import operations as catalogue
from governance.catalogue import queries, shadowing
from governance.catalogue.models import Deployment
from governance.errors import Conflict, InvalidInput, NotApproved
from governance.ledger.models import Entry
from governance.rollout import serving
from governance.rollout.history import at_moment
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


def begin(version, share=0.5, daily_limit=100):
    return shadowing.begin(version, share=share, daily_limit=daily_limit, actor=ACTOR)


def ended(deployment):
    deployment.refresh_from_db()
    return deployment.until is not None


def test_a_shadow_is_beside_the_champion_and_on_record(process):
    champion = queries.champion(process.pk)
    made = begin(factories.make_version(process, "b"))
    assert queries.champion(process.pk) == champion
    assert queries.shadows(process.pk) == [made]
    entry = Entry.objects.get(kind="model.shadowed")
    assert (entry.actor, entry.data["share"], entry.data["daily_limit"]) == (ACTOR, 0.5, 100)
    assert at_moment(process, made.since).shadows == [made.version]


@pytest.mark.parametrize(
    ("share", "daily_limit", "wrong"),
    [
        (0, 100, "share"),
        (1.01, 100, "share"),
        (float("nan"), 100, "share"),
        (0.5, 0, "daily_limit"),
        (0.5, 100_001, "daily_limit"),
    ],
)
def test_a_share_and_a_limit_have_bounds(process, share, daily_limit, wrong):
    with pytest.raises(InvalidInput) as refused:
        begin(factories.make_version(process, "b"), share, daily_limit)
    assert [field for field, _ in refused.value.fields] == [wrong]


def test_what_serves_is_no_shadow(process):
    with pytest.raises(Conflict, match="serves already"):
        begin(queries.champion(process.pk))


def test_a_version_is_a_shadow_once_at_a_time(process):
    version = factories.make_version(process, "b")
    first = begin(version)
    with pytest.raises(Conflict, match="shadow already"):
        begin(version)
    shadowing.end_by_id(process=process.pk, deployment_id=first.pk, actor=ACTOR)
    assert begin(version) != first


def test_there_are_so_many_at_once_and_no_more(process):
    for digest in "bcd":
        begin(factories.make_version(process, digest))
    with pytest.raises(Conflict, match="3 versions"):
        begin(factories.make_version(process, "e"))


def test_a_version_of_another_process_is_none_of_this_one(process):
    other = factories.make_version(factories.make_process("other"), "b")
    with pytest.raises(InvalidInput):
        shadowing.begin_by_id(
            process=process.pk, version_id=other.pk, share=1, daily_limit=1, actor=ACTOR
        )


def test_a_provider_that_settings_do_not_name_cannot_be_asked(process, settings):
    version = factories.make_version(process, "b")
    settings.PROVIDERS = {}
    with pytest.raises(InvalidInput):
        begin(version)


def test_a_shadow_ends_once(process):
    made = begin(factories.make_version(process, "b"))
    shadowing.end_by_id(process=process.pk, deployment_id=made.pk, actor=ACTOR)
    with pytest.raises(Conflict):
        shadowing.end_by_id(process=process.pk, deployment_id=made.pk, actor=ACTOR)
    assert Entry.objects.filter(kind="model.shadow_ended").count() == 1


def test_the_champion_is_no_shadow_to_end(process):
    with pytest.raises(Deployment.DoesNotExist):
        shadowing.end_by_id(
            process=process.pk, deployment_id=Deployment.objects.get().pk, actor=ACTOR
        )


def test_a_shadow_ends_when_its_version_serves(process):
    version = factories.make_version(process, "b")
    made = begin(version)
    other = begin(factories.make_version(process, "c"))
    catalogue.deploy(version, actor=ACTOR)
    assert (ended(made), ended(other)) == (True, False)
    assert Entry.objects.get(kind="model.shadow_ended").data["why"] == "it serves now"


def test_a_shadow_ends_when_its_version_is_rolled_back_to(process, cast):
    first = queries.champion(process.pk)
    factories.grant(asking.for_version(first, actor=cast.model_owner, reason="It was good."))
    catalogue.deploy(factories.make_version(process, "b"), actor=ACTOR)
    made = begin(first)
    serving.roll_back(process=process.pk, actor=ACTOR)
    assert ended(made)


HOUSE = {"adapter": "openai_compatible", "base_url": "http://x/", "model": "m"}


def approved_endpoint(process, cast):
    version = catalogue.register_endpoint(process.contract, "house", actor=ACTOR)
    factories.grant(asking.for_version(version, actor=cast.model_owner, reason="In our house."))
    return version


def test_items_leave_for_an_endpoint_only_if_the_contract_names_it_or_it_is_approved(
    process, cast, settings
):
    settings.PROVIDERS = {"local": {}, "house": {**HOUSE}}
    version = catalogue.register_endpoint(process.contract, "house", actor=ACTOR)
    with pytest.raises(NotApproved):
        begin(version)
    assert queries.shadows(process.pk) == []
    assert begin(approved_endpoint(process, cast)).version == version


def test_an_endpoint_that_the_contract_names_needs_no_approval(settings):
    settings.PROVIDERS = {"house": {**HOUSE}}
    contract = factories.CONTRACT.replace("provider: local", "provider: house")
    process = factories.make_process("letters", contract=contract)
    first = catalogue.register_endpoint(process.contract, "house", actor=ACTOR)
    settings.PROVIDERS["house"]["model"] = "another"
    other = catalogue.register_endpoint(process.contract, "house", actor=ACTOR)
    assert other != first
    assert begin(other).version == other


def test_an_endpoint_that_would_be_asked_with_another_prompt_is_another_version(
    process, cast, settings
):
    settings.PROVIDERS = {"local": {}, "house": {**HOUSE}}
    older = catalogue.ensure_endpoint_version(
        process.pk, "house", HOUSE, "An older prompt.", actor=ACTOR
    )
    factories.grant(asking.for_version(older, actor=cast.model_owner, reason="In our house."))
    with pytest.raises(InvalidInput, match="another prompt"):
        begin(older)


def test_an_endpoint_in_shadow_ends_with_the_prompt_it_was_frozen_with(process, cast, settings):
    settings.PROVIDERS = {"local": {}, "house": {**HOUSE}}
    local = begin(factories.make_version(process, "b"))
    house = begin(approved_endpoint(process, cast))
    catalogue.follow(process.contract, actor=ACTOR)
    assert (ended(local), ended(house)) == (False, False)
    settings.PROVIDERS["house"]["model"] = "another"
    catalogue.follow(process.contract, actor=ACTOR)
    assert (ended(local), ended(house)) == (False, True)
    assert "settings" in Entry.objects.get(kind="model.shadow_ended").data["why"]


@pytest.mark.parametrize(
    "change", ["share = 1", "daily_limit = 5", "share = NULL, daily_limit = NULL"]
)
def test_a_shadows_share_never_changes(process, change):
    begin(factories.make_version(process, "b"))
    with pytest.raises(DatabaseError, match="changes in nothing else"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE governance_deployment SET {change} WHERE role = 'shadow'")


@pytest.mark.parametrize(
    "values",
    [
        {"role": "shadow", "share": None, "daily_limit": 1},
        {"role": "shadow", "share": 0.0, "daily_limit": 1},
        {"role": "shadow", "share": 1.5, "daily_limit": 1},
        {"role": "shadow", "share": 0.5, "daily_limit": None},
        {"role": "champion", "share": 0.5, "daily_limit": 1},
    ],
    ids=["no share", "no chance", "too much", "no limit", "champion with a share"],
)
def test_the_database_keeps_shares(process, values):
    version = factories.make_version(process, "b")
    with pytest.raises(IntegrityError, match="shadow_has_share_and_limit"), transaction.atomic():
        Deployment.objects.create(process=process, version=version, **values)
