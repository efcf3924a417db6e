"""What kind of provider each of settings.PROVIDERS is, and which of them a contract names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import rfc8785
from django.conf import settings

from governance.catalogue.models import ModelVersion
from governance.contracts.agreement import Agreement
from integrations.providers import registry

# Settings of a provider that must not be kept: what looks like a secret by its name.
_SECRET = re.compile(r"key|secret|token(?!s)|password|credential", re.IGNORECASE)


def is_local(provider: str) -> bool:
    """Whether a provider of settings.PROVIDERS is one whose models are trained here."""
    return adapter_of(provider) in registry.TRAINED


def reads_documents(provider: str) -> bool:
    """Whether its models are trained on documents instead of payloads."""
    return adapter_of(provider) == "extraction"


def adapter_of(provider: str) -> str:
    return str(settings.PROVIDERS.get(provider, {}).get("adapter", provider))


def named_by(agreement: Agreement) -> set[str]:
    """The providers that a contract hands its items to: the champion's, and second models of the
    gate."""
    gate = agreement.gate.checks if agreement.gate is not None else ()
    second = {one.second_opinion.provider for one in gate if one.second_opinion is not None}
    return {agreement.candidate.provider, *second}


def is_as_registered(version: ModelVersion, agreement: Agreement) -> bool:
    """Whether asking the version's provider under a contract asks this version.

    A model that is kept here is its file. An endpoint is asked with today's settings and the
    contract's prompt, which may be those of another version.
    """
    if is_local(version.provider):
        return True
    config = settings.PROVIDERS.get(version.provider)
    if config is None:
        return False
    prompt = agreement.candidate.prompt
    return endpoint_digest(version.provider, config, prompt) == version.digest


def endpoint_digest(provider: str, config: Mapping[str, Any], prompt: str) -> str:
    """SHA-256 in hex over what decides the answers of a provider without weights."""
    whole: dict[str, Any] = {
        "provider": provider,
        "config": public_config(config),
        "prompt": prompt,
    }
    return hashlib.sha256(rfc8785.dumps(whole)).hexdigest()


def public_config(provider_config: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's settings without its adapter and secrets, also those within an address."""
    kept = {
        name: value
        for name, value in provider_config.items()
        if name != "adapter" and not _SECRET.search(name)
    }
    if isinstance(kept.get("base_url"), str):
        parts = urlsplit(kept["base_url"])
        host = parts.netloc.rpartition("@")[2]
        kept["base_url"] = urlunsplit((parts.scheme, host, parts.path, "", ""))
    return kept
