"""Second factors: added, used once, needed by roles, taken away."""

import base64
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from structlog.testing import capture_logs

from governance.approvals import operations as approvals
from governance.approvals.signing import Signer, ways
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.models import Entry, Intervention, PersonSession
from governance.privacy import keyring
from governance.roles.operations import grant_role
from governance.roles.queries import person_with_rights
from governance.roles.roles import Role
from governance.signin import factors, interventions, recovery, secrets, sessions
from governance.signin.rewrapping import by_key, reseal_all
from integrations.encryption.keys import new_entry
from integrations.encryption.kms import CommandKeys
from tests import factories

pytestmark = pytest.mark.django_db


def code_of(secret, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.fixture
def olga(process):
    return factories.make_person("olga", process, Role.COMPLIANCE_OFFICER)


@pytest.fixture
def secret(olga):
    made = generate_totp_secret()
    factors.add_totp(user=olga, secret=made, code=code_of(made, -1), session_id=None)
    return made


def kinds():
    found = Entry.objects.filter(kind__startswith="second_factor.").order_by("pk")
    return [entry.kind for entry in found]


def test_an_app_is_added_with_its_first_code_and_brings_recovery_codes(olga):
    secret = generate_totp_secret()
    codes = factors.add_totp(user=olga, secret=secret, code=code_of(secret), session_id=None)
    assert len(set(codes)) == 10
    assert [one.type for one in factors.of(olga)] == ["totp"]
    assert kinds() == ["second_factor.added", "second_factor.codes_made"]
    assert secret not in str(Entry.objects.values_list("data", flat=True))


def test_a_wrong_code_adds_nothing(olga):
    secret = generate_totp_secret()
    with pytest.raises(InvalidInput):
        factors.add_totp(user=olga, secret=secret, code=code_of(secret, 5), session_id=None)
    assert factors.of(olga) == []


def test_there_is_one_app_at_most(olga, secret):
    other = generate_totp_secret()
    with pytest.raises(Conflict):
        factors.add_totp(user=olga, secret=other, code=code_of(other), session_id=None)


def test_secrets_are_not_in_the_database(olga, secret):
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert "test" not in kept  # the master key's id, as it would be in clear


def test_a_code_is_accepted_once(olga, secret):
    code = code_of(secret)
    assert factors.accept_code(user=olga, code=code).type == "totp"
    assert factors.accept_code(user=olga, code=code) is None


def test_the_code_that_set_it_up_is_used_up(olga):
    secret = generate_totp_secret()
    code = code_of(secret)
    factors.add_totp(user=olga, secret=secret, code=code, session_id=None)
    assert factors.accept_code(user=olga, code=code) is None
    assert factors.accept_code(user=olga, code=code_of(secret, 1)) is not None


def test_an_older_code_than_the_last_one_is_refused(olga, secret):
    assert factors.accept_code(user=olga, code=code_of(secret, 1)) is not None
    assert factors.accept_code(user=olga, code=code_of(secret, 0)) is None


def test_a_recovery_code_is_accepted_once_and_told(olga, secret):
    codes = factors.renew_codes(user=olga)
    assert factors.accept_code(user=olga, code=f" {codes[3]} ").type == "recovery_codes"
    assert factors.accept_code(user=olga, code=codes[3]) is None
    assert factors.codes_left(olga) == 9
    assert Entry.objects.get(kind="second_factor.code_used").data["left"] == 9


def test_new_codes_end_the_old_ones(olga, secret):
    old = factors.renew_codes(user=olga)
    factors.renew_codes(user=olga)
    assert factors.accept_code(user=olga, code=old[0]) is None


def test_there_are_no_recovery_codes_without_a_factor(olga):
    with pytest.raises(Conflict):
        factors.renew_codes(user=olga)


def test_the_last_one_takes_the_recovery_codes_along(olga, secret):
    factors.remove(user=olga, factor_id=factors.of(olga)[0].pk)
    assert not Authenticator.objects.exists()
    assert kinds()[-1] == "second_factor.removed"


def test_nobody_removes_anothers(olga, secret, cast):
    with pytest.raises(Conflict):
        factors.remove(user=cast.operator, factor_id=factors.of(olga)[0].pk)


def begun(user, key):
    return sessions.begin(user=user, session_key=key, method="password")


def test_the_first_factor_ends_sessions_that_began_without_it(olga):
    here, _ = begun(olga, "here"), begun(olga, "there")
    secret = generate_totp_secret()
    factors.add_totp(user=olga, secret=secret, code=code_of(secret), session_id=str(here.pk))
    assert list(PersonSession.objects.values_list("session_key", flat=True)) == ["here"]


class TestRequired:
    @pytest.fixture(autouse=True)
    def required(self, settings):
        settings.REQUIRE_SECOND_FACTOR_FOR = ["compliance_officer"]

    def test_it_is_missing_for_who_holds_the_role(self, olga, cast):
        assert factors.is_missing(olga)
        assert factors.is_missing(person_with_rights(olga.pk))
        assert not factors.is_missing(cast.operator)
        assert not factors.is_missing(person_with_rights(cast.operator.pk))

    def test_it_is_there_once_it_is_set_up(self, olga, secret):
        assert not factors.is_missing(olga)
        assert not factors.is_missing(person_with_rights(olga.pk))

    def test_a_loaded_person_costs_no_statement(self, olga, django_assert_num_queries):
        loaded = person_with_rights(olga.pk)
        with django_assert_num_queries(0):
            assert factors.is_missing(loaded)

    def test_the_last_one_cannot_be_removed(self, olga, secret):
        with pytest.raises(Conflict, match="needs a second factor"):
            factors.remove(user=olga, factor_id=factors.of(olga)[0].pk)
        assert factors.has_factor(olga)

    def test_a_role_that_does_not_exist_is_named(self, settings):
        settings.REQUIRE_SECOND_FACTOR_FOR = ["king"]
        with pytest.raises(ImproperlyConfigured, match=r"REQUIRE_SECOND_FACTOR_FOR.*king"):
            factors.required_roles()

    def test_no_signature_without_it(self, process, olga):
        asked = factories.make_request(process)
        with pytest.raises(NotAllowed, match="second factor"):
            sign(asked, olga)
        assert ways(asked, Signer.of(olga))[0] == []
        assert not asked.signatures.exists()

    def test_a_signature_with_it(self, process, olga, secret):
        asked = factories.make_request(process)
        assert sign(asked, olga).signatures.filter(actor=olga).exists()

    def test_no_signature_in_the_place_of_who_needs_it(self, process, olga, secret, cast):
        """Or the rule would end with a delegation to somebody whom it does not name."""
        factories.make_delegation(olga, cast.outsider, days_from_now=0)
        asked = factories.make_request(process)
        with pytest.raises(NotAllowed, match="second factor"):
            sign(asked, cast.outsider, principal=olga)


def sign(asked, actor, principal=None):
    return approvals.sign(
        approval_id=asked.pk, actor=actor, is_yes=True, digest=asked.digest, principal=principal
    )


class TestReset:
    def reset(self, olga, actor, reason="She lost her phone; I saw her."):
        interventions.reset_factor(user=olga, actor=f"user:{actor.pk}", reason=reason)

    def test_all_is_taken_away_and_told(self, olga, secret, cast):
        begun(olga, "here")
        self.reset(olga, cast.owner)
        assert not Authenticator.objects.exists()
        assert not PersonSession.objects.exists()
        entry = Entry.objects.get(kind="second_factor.reset")
        assert entry.data["user"] == str(olga.pk)
        assert entry.data["types"] == ["recovery_codes", "totp"]
        assert "phone" not in str(entry.data)
        assert Intervention.objects.get().reason == "She lost her phone; I saw her."

    def test_not_ones_own(self, olga, secret):
        with pytest.raises(NotAllowed):
            self.reset(olga, olga)
        assert factors.has_factor(olga)

    def test_not_without_a_reason(self, olga, secret, cast):
        with pytest.raises(InvalidInput):
            self.reset(olga, cast.owner, reason="  ")
        assert factors.has_factor(olga)

    def test_nothing_to_reset_leaves_no_trace(self, olga, cast):
        with pytest.raises(Conflict):
            self.reset(olga, cast.owner)
        assert not Intervention.objects.exists()


class TestSeals:
    """Who can write the table puts what they know into somebody else's row."""

    @pytest.fixture
    def otto(self, process):
        return factories.make_person("otto", process)

    @pytest.fixture
    def ottos(self, otto):
        """Otto's app secret and his recovery codes."""
        made = generate_totp_secret()
        codes = factors.add_totp(user=otto, secret=made, code=code_of(made, -1), session_id=None)
        return made, codes

    def give(self, olga, otto, kind):
        """Olga's row holds what Otto's holds."""
        his = Authenticator.objects.get(user=otto, type=kind).data
        Authenticator.objects.filter(user=olga, type=kind).update(data=his)

    def test_an_app_that_was_moved_is_refused_and_told(self, olga, secret, otto, ottos):
        assert factors.accept_code(user=otto, code=code_of(ottos[0])) is not None
        self.give(olga, otto, "totp")
        with capture_logs() as logs:
            assert factors.accept_code(user=olga, code=code_of(ottos[0], 1)) is None
        told = {"event": "second_factor_unreadable", "log_level": "error", "type": "totp"}
        assert logs == [{**told, "user": str(olga.pk)}]
        assert factors.accept_code(user=otto, code=code_of(ottos[0], 1)) is not None

    def test_recovery_codes_that_were_moved_are_refused(self, olga, secret, otto, ottos):
        self.give(olga, otto, "recovery_codes")
        assert factors.accept_code(user=olga, code=ottos[1][0]) is None
        assert factors.codes_left(olga) == 10  # so that the page opens on which it is renewed
        assert factors.accept_code(user=otto, code=ottos[1][0]) is not None
        again = factors.renew_codes(user=olga)
        assert factors.accept_code(user=olga, code=again[0]) is not None

    def test_a_secret_of_another_kind_is_refused(self, olga, secret):
        seed = recovery.new_seed()
        held = {"seed": secrets.sealed(seed, olga.pk, "totp"), "used_mask": 0}
        Authenticator.objects.filter(user=olga, type="recovery_codes").update(data=held)
        assert factors.accept_code(user=olga, code=recovery.codes_of(seed)[0]) is None

    @pytest.mark.parametrize("context", [["second_factor"], ["second_factor", "totp"]], ids=str)
    def test_a_seal_that_names_no_person_is_refused(self, olga, secret, context):
        wrapped = keyring.master_keys().wrap(secret.encode(), context=context)
        held = {"secret": base64.b64encode(wrapped).decode(), "last_counter": 0}
        Authenticator.objects.filter(user=olga, type="totp").update(data=held)
        assert factors.accept_code(user=olga, code=code_of(secret)) is None

    @pytest.mark.parametrize("kept", ["", "no base64!", "bm90IHNlYWxlZA==", 5])
    def test_what_is_no_seal_at_all_is_refused(self, olga, secret, kept):
        held = {"secret": kept, "last_counter": 0}
        Authenticator.objects.filter(user=olga, type="totp").update(data=held)
        assert factors.accept_code(user=olga, code=code_of(secret)) is None

    def test_allauth_seals_nothing_by_itself(self, olga):
        with pytest.raises(NotImplementedError):
            TOTP.activate(olga, generate_totp_secret())

    def test_it_does_not_keep_the_master_key_from_changing(
        self, olga, secret, otto, ottos, settings
    ):
        old, new = settings.MASTER_KEY, new_entry()
        self.give(olga, otto, "totp")
        settings.MASTER_KEY = f"{new} {old}"
        assert reseal_all() == (4, 3)
        settings.MASTER_KEY = new
        assert factors.accept_code(user=otto, code=code_of(ottos[0])) is not None


def test_secrets_move_to_a_new_master_key(olga, settings):
    old, new = new_entry(), new_entry()
    settings.MASTER_KEY = old
    secret = generate_totp_secret()
    codes = factors.add_totp(user=olga, secret=secret, code=code_of(secret, -1), session_id=None)
    settings.MASTER_KEY = f"{new} {old}"
    assert by_key() == {old.partition(":")[0]: 2}
    assert reseal_all() == (2, 2)
    settings.MASTER_KEY = new
    assert by_key() == {new.partition(":")[0]: 2}
    assert factors.accept_code(user=olga, code=code_of(secret)) is not None
    assert factors.accept_code(user=olga, code=codes[0]) is not None
    assert reseal_all() == (2, 0)


def test_a_role_given_meanwhile_counts_with_the_next_request(cast, process, settings):
    settings.REQUIRE_SECOND_FACTOR_FOR = ["auditor"]
    assert not factors.is_missing(person_with_rights(cast.outsider.pk))
    grant_role(user=cast.outsider, role=Role.AUDITOR, process=process, actor=factories.ACTOR)
    assert factors.is_missing(person_with_rights(cast.outsider.pk))


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_a_key_service(process, settings, monkeypatch):
    in_transaction = []

    def ask(service, verb, key_id, content):
        in_transaction.append(connection.in_atomic_block)
        return content  # a service that wraps nothing is as far away as any

    monkeypatch.setattr(CommandKeys, "_ask", ask)
    settings.MASTER_KEY_BACKEND = "integrations.encryption.kms.CommandKeys"
    settings.MASTER_KEY_OPTIONS = {"command": ["unused"], "key_id": "2026"}
    olga, made = factories.make_person("olga", process), generate_totp_secret()
    keyring._backend.cache_clear()
    factors.add_totp(user=olga, secret=made, code=code_of(made, -1), session_id=None)
    keyring._backend.cache_clear()
    assert factors.accept_code(user=olga, code=code_of(made)) is not None
    keyring._backend.cache_clear()
    assert len(in_transaction) > 2
    assert not any(in_transaction)
