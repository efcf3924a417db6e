"""Local models on scikit-learn: trained by training.train, asked through LocalProvider.

Training imports scikit-learn and is not re-exported here, so that building the provider stays
cheap until the first model is loaded.
"""

from integrations.providers.local.provider import LocalProvider

__all__ = ["LocalProvider"]
