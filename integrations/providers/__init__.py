"""Model providers behind one interface, so that one can be swapped without a workflow noticing."""

from integrations.providers.base import (
    Call,
    MalformedOutput,
    Proposal,
    ProposalRequest,
    Provider,
    ProviderError,
    ProviderPermanent,
    ProviderTransient,
)
from integrations.providers.registry import build

__all__ = [
    "Call",
    "MalformedOutput",
    "Proposal",
    "ProposalRequest",
    "Provider",
    "ProviderError",
    "ProviderPermanent",
    "ProviderTransient",
    "build",
]
