"""Providers by adapter name. Each adapter is imported when first built: the web process never
pays for scikit-learn, nor a worker without a text model for the openai package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.providers.base import Provider, ProviderPermanent

ADAPTERS = ("local", "extraction", "openai_compatible")
# Those whose models are trained here and lie in the model directory.
TRAINED = frozenset({"local", "extraction"})


def build(name: str, config: Mapping[str, Any]) -> Provider:
    """The provider called name, from its own entry of the PROVIDERS setting.

    config["adapter"] is one of ADAPTERS and defaults to the name; "openai" is accepted for
    "openai_compatible". The other keys are the adapter's: see LocalProvider,
    ExtractionProvider and OpenAICompatibleProvider.
    Raises ProviderPermanent for an unknown adapter or a wrong key.
    """
    adapter = config.get("adapter", name)
    options = {key: value for key, value in config.items() if key != "adapter"}
    try:
        if adapter == "local":
            from integrations.providers.local import LocalProvider

            return LocalProvider(name=name, **options)
        if adapter == "extraction":
            from integrations.providers.extraction import ExtractionProvider

            return ExtractionProvider(name=name, **options)
        if adapter in {"openai", "openai_compatible"}:
            from integrations.providers.openai_compatible import OpenAICompatibleProvider

            return OpenAICompatibleProvider(name=name, **options)
    except TypeError as error:
        raise ProviderPermanent(f"Provider {name}: {error}") from None
    known = ", ".join(ADAPTERS)
    raise ProviderPermanent(f"Provider {name}: unknown adapter {adapter!r}; known are {known}.")
