"""Can what is stored be encrypted and read? Asked by `manage.py check --deploy`."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from integrations.encryption import KeyUnusable
from review.documents.blobs import master_keys


@register(Tags.security, deploy=True)
def master_key_is_usable(**kwargs: Any) -> list[CheckMessage]:
    """A master key that cannot be used would be noticed with the first document only."""
    try:
        master_keys()
    except KeyUnusable as error:
        return [
            Error(
                f"The master key cannot be used: {error}",
                hint="`manage.py master_key` makes one.",
                id="review.E001",
            )
        ]
    return []
