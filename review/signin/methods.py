"""How somebody signed in, from what allauth noted in the session."""

from django.http import HttpRequest

_WORDS = {"totp": "app code", "recovery_codes": "recovery code", "webauthn": "passkey"}


def method_of(request: HttpRequest) -> str:
    """Such as "password" or "password, app code"; "session" where nothing was noted."""
    session = getattr(request, "session", None)
    records = session.get("account_authentication_methods") if session is not None else None
    steps: list[str] = []
    for one in records if isinstance(records, list) else []:
        name = one.get("method", "")
        if name == "mfa":
            name = _WORDS.get(one.get("type", ""), "second factor")
        elif name == "socialaccount":
            name = "OpenID Connect"
        if name and name not in steps:
            steps.append(name)
    return ", ".join(steps) or "session"
