"""The one OpenID Connect provider that the settings may name."""

from __future__ import annotations

import hashlib

from django.conf import settings

from governance.roles.models import User
from governance.signin import linking


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER)


def name() -> str:
    """What people call it; "" where there is none."""
    return settings.OIDC_NAME if is_on() else ""


def provider_id() -> str:
    """Another issuer is another provider: its subjects are not those of the first."""
    return "oidc-" + hashlib.sha256(settings.OIDC_ISSUER.encode()).hexdigest()[:16]


def is_linked(user: User) -> bool:
    return is_on() and linking.is_linked(user, provider_id())
