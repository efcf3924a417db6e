"""Secrets of second factors when the master key changes."""

from collections import Counter
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.db import transaction

from governance.signin.secrets import FIELDS, key_of, resealed


def by_key() -> Counter[str]:
    """How many secrets each master key seals, by its id."""
    return Counter(key_of(text) for _, _, text in _kept())


def reseal_all() -> tuple[int, int]:
    """Seal by the key in use what another sealed: (seen, changed). What was replaced meanwhile
    stays as it is; a key service is asked outside the transaction."""
    seen = changed = 0
    for pk, field, text in _kept():
        seen += 1
        anew = resealed(text)
        if anew != text:
            changed += _replace(pk, field, text, anew)
    return seen, changed


@transaction.atomic
def _replace(pk: int, field: str, old: str, new: str) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None or row.data.get(field) != old:
        return False
    row.data[field] = new
    row.save(update_fields=["data"])
    return True


def _kept() -> Iterator[tuple[int, str, str]]:
    rows = Authenticator.objects.order_by("pk").values_list("pk", "data")
    for pk, data in rows.iterator(chunk_size=500):
        for field in FIELDS:
            if data.get(field):
                yield pk, field, data[field]
