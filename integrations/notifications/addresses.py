"""Whether a chat webhook's address may be used; without the HTTP client, so that pages can ask."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit


def validate_url(url: str, hosts: Sequence[str], *, allow_http: bool) -> str | None:
    """What is wrong with a webhook's address, in words; None when nothing is.

    hosts are those that the installation allows; "*.example.org" allows those below it.
    """
    try:
        parsed = urlsplit(url)
        host, _ = (parsed.hostname or "").lower(), parsed.port
    except ValueError:
        return "cannot be read"
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return "cannot be read"
    if parsed.scheme != "https" and not (allow_http and parsed.scheme == "http"):
        return "must begin with https://"
    if not host or parsed.username is not None or parsed.password is not None:
        return "must name a host, without user name or password"
    if not any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in hosts):
        return "must be on a host that this installation allows"
    return None
