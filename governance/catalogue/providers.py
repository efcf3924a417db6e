"""What kind of provider each of settings.PROVIDERS is, and which of them a contract names."""

from __future__ import annotations

from django.conf import settings

from governance.contracts.agreement import Agreement
from integrations.providers import registry


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
