"""Settings that contradict themselves stop the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from review.signin.checks import settings_are_whole


def test_the_defaults_are_whole():
    settings_are_whole()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"PASSWORD_SIGN_IN": False}, "OIDC_ISSUER"),
        ({"REQUIRE_SECOND_FACTOR_FOR": ["king"]}, "REQUIRE_SECOND_FACTOR_FOR"),
        ({"OIDC_ISSUER": "http://idp.example", "OIDC_ALLOW_PRIVATE": False}, "https"),
    ],
    ids=str,
)
def test_what_lets_nobody_or_anybody_in_is_named(settings, values, named):
    for name, value in values.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=named):
        settings_are_whole()
