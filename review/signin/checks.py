"""Settings of signing in that would let nobody in, or anybody; they stop the start."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from governance.signin import factors


def settings_are_whole() -> None:
    """Raises ImproperlyConfigured, naming the variable."""
    factors.required_roles()
    issuer = settings.OIDC_ISSUER
    if not settings.PASSWORD_SIGN_IN and not issuer:
        raise ImproperlyConfigured("PASSWORD_SIGN_IN=false needs an OIDC_ISSUER.")
    if issuer and not issuer.startswith("https://") and not settings.OIDC_ALLOW_PRIVATE:
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://.")
