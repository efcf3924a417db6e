"""A person's own keys: chosen, refused, shown; and that every key in the pages is a known one."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from governance.errors import InvalidInput
from review.console import keys

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def test_what_is_usual_is_not_kept():
    assert keys.checked({"accept": "a", "reject": "R"}) == {}


def test_another_key_and_no_key_are_kept():
    assert keys.checked({"accept": "J", "skip": ""}) == {"accept": "j", "skip": ""}


@pytest.mark.parametrize("key", ["r", "z", "g"])
def test_a_key_that_would_do_two_things_is_refused_at_both(key):
    with pytest.raises(InvalidInput) as refused:
        keys.checked({"accept": key})
    assert "accept" in refused.value.errors
    assert len(refused.value.errors) == 2


def test_two_actions_may_change_places():
    assert keys.checked({"accept": "r", "reject": "a"}) == {"accept": "r", "reject": "a"}


def test_a_key_given_up_is_free_for_another_action():
    """Undo's second usual key goes with its first."""
    assert keys.checked({"undo": "y", "accept": "z"}) == {"undo": "y", "accept": "z"}


@pytest.mark.parametrize("key", ["1", "9", "ab", "enter", "tab", "escape"])
def test_keys_that_are_needed_elsewhere_or_do_not_exist_are_refused(key):
    with pytest.raises(InvalidInput):
        keys.checked({"accept": key})


def test_blanks_around_a_key_do_not_count():
    assert keys.checked({"accept": " q ", "skip": "\t"}) == {"accept": "q", "skip": ""}


def test_the_map_names_what_differs_and_silences_the_second_key():
    assert keys.keymap({"undo": "y"}) == {"u": "y", "z": ""}
    assert keys.keymap({}) == {}


def test_every_key_in_the_templates_belongs_to_an_action():
    known = {" ".join(action.keys) for action in keys.ACTIONS}
    found = {
        given
        for path in TEMPLATES.rglob("*.html")
        for given in re.findall(r'data-keys="([^"{]+)"', path.read_text())
    }
    assert found, "no template carries a key"
    assert found <= known, f"not in keys.ACTIONS: {sorted(found - known)}"


pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client, cast):
    client.force_login(cast.operator)
    return cast.operator


def test_chosen_keys_are_on_every_page_and_in_the_list(client, operator):
    answer = client.post(reverse("keys"), {"accept": "j"}, follow=True)
    assert answer.status_code == 200
    operator.refresh_from_db()
    assert operator.keys == {"accept": "j"}
    page = client.get(reverse("my-work")).content.decode()
    carried = re.search(r'data-keymap="([^"]+)"', page)
    assert carried
    assert json.loads(carried[1].replace("&quot;", '"')) == {"a": "j"}
    assert "<kbd>J</kbd>" in page


def test_a_collision_is_said_at_its_fields_and_changes_nothing(client, operator):
    answer = client.post(reverse("keys"), {"accept": "s"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert page.count("S would do two things") == 2
    operator.refresh_from_db()
    assert operator.keys == {}


def test_the_usual_keys_come_back(client, operator):
    client.post(reverse("keys"), {"accept": "j"})
    client.post(reverse("keys"), {"reset": "1", "accept": "j"})
    operator.refresh_from_db()
    assert operator.keys == {}
