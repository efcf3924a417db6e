"""Settings of signing in that would let nobody in, or anybody; they stop the start."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from governance.signin import factors
from review.signin import mails


def settings_are_whole() -> None:
    """Raises ImproperlyConfigured, naming the variable."""
    factors.required_roles()
    issuer = settings.OIDC_ISSUER
    if not settings.PASSWORD_SIGN_IN and not issuer:
        raise ImproperlyConfigured("PASSWORD_SIGN_IN=false needs an OIDC_ISSUER.")
    is_clear = not settings.PUBLIC_URL.startswith("https://")
    if is_clear and settings.SESSION_COOKIE_SECURE and mails.can_reset():
        raise ImproperlyConfigured(
            "PUBLIC_URL must begin with https://: links to new passwords are mailed with it."
        )
    if issuer and not issuer.startswith("https://") and not settings.OIDC_ALLOW_PRIVATE:
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://.")
