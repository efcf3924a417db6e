"""A browser in words, an address without its last part; pure."""

import ipaddress
import re

# In this order: most call themselves by the names of others too.
_BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)


def browser(agent: str) -> str:
    """From a User-Agent header: "Firefox on Linux", or what of it is known."""
    name = _first(_BROWSERS, agent)
    system = _first(_SYSTEMS, agent)
    if name and system:
        return f"{name} on {system}"
    return name or (f"a program on {system}" if system else "an unknown program")


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in known if re.search(pattern, agent)), "")


def masked(address: str) -> str:
    """Enough to know the office from the train: three parts of IPv4, three groups of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return ":".join(found.exploded.split(":")[:3]) + ":*"
        found = found.ipv4_mapped
    return ".".join(str(found).split(".")[:3]) + ".*"
