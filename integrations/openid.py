"""OpenID Connect as seen by who relies on it: what a provider says of itself, and who signed in.

An ID token is believed for its signature alone, however it was fetched. PyJWT is loaded when the
first one is read.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations import http
from integrations.errors import PermanentError, TransientError

TIMEOUT_SECONDS = 10.0
MAX_BYTES = 512 * 1024
LEEWAY_SECONDS = 60
# Signatures that only the provider can make: not "none", nor those by a shared secret.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
_REQUIRED = ("exp", "iat", "iss", "aud", "sub")


class NotTrusted(PermanentError):
    """The provider's answer is not what it has to be; the message names no claim's value."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider publishes about itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_auth_methods: tuple[str, ...]


def discover(issuer: str, *, allow_private: bool) -> Provider:
    """Read a provider's configuration (OpenID Connect Discovery 1.0, section 4).

    Raises NotTrusted, or what integrations.http raises.
    """
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    found = _object(url, allow_private=allow_private)
    if found.get("issuer") != issuer:
        raise NotTrusted("The provider calls itself by another name than OIDC_ISSUER.")
    urls: dict[str, str] = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        said = found.get(name)
        if not isinstance(said, str) or not said.startswith(("https://", "http://")):
            raise NotTrusted(f"The provider names no {name}.")
        if issuer.startswith("https://") and not said.startswith("https://"):
            raise NotTrusted(f"The provider's {name} is not reached by https.")
        urls[name] = said
    methods = found.get("token_endpoint_auth_methods_supported")
    known = tuple(methods) if isinstance(methods, list) else ("client_secret_basic",)
    return Provider(issuer=issuer, token_auth_methods=known, **urls)


def verified(
    token: str, provider: Provider, *, client_id: str, nonce: str, allow_private: bool
) -> Mapping[str, Any]:
    """The claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7).

    Raises NotTrusted for a wrong signature, issuer, audience or nonce, and for one that is over.
    """
    import jwt

    keys = _object(provider.jwks_uri, allow_private=allow_private)
    try:
        key = _key(jwt.PyJWKSet.from_dict(keys), jwt.get_unverified_header(token))
        claims: dict[str, Any] = jwt.decode(
            token,
            key=key,
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=provider.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": list(_REQUIRED)},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotTrusted(f"The ID token is not valid ({type(error).__name__}).") from None
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()) or not nonce:
        raise NotTrusted("The ID token answers another request.")
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
        raise NotTrusted("The ID token was made for somebody else.")
    return claims


def _key(keys: Any, header: Mapping[str, Any]) -> Any:
    """The key that a token says it was signed with."""
    signing = [one for one in keys.keys if one.public_key_use in (None, "sig")]
    kid = header.get("kid")
    found = [one for one in signing if one.key_id == kid] if kid else signing
    if len(found) != 1 or header.get("alg") not in ALGORITHMS:
        raise NotTrusted("The ID token was signed by no key of the provider.")
    return found[0]


def _object(url: str, *, allow_private: bool) -> dict[str, Any]:
    response = http.request(
        "GET",
        url,
        headers={"Accept": "application/json"},
        timeout_seconds=TIMEOUT_SECONDS,
        allow_private=allow_private,
        max_response_bytes=MAX_BYTES,
    )
    http.raise_for_status(response)
    try:
        found = json.loads(response.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotTrusted("The provider's answer is no JSON object.")
    return found


FAILURES = (PermanentError, TransientError)
