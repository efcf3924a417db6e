"""Secrets of second factors when the master key changes."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import structlog
from allauth.mfa.models import Authenticator
from django.db import transaction

from governance.signin.secrets import FIELDS, key_of, resealed
from integrations.encryption import Unreadable

_log = structlog.get_logger(__name__)


class _Kept(NamedTuple):
    pk: int
    user_id: UUID
    kind: str
    field: str
    text: str


def by_key() -> Counter[str]:
    """How many secrets each master key seals, by its id."""
    return Counter(key_of(one.text) for one in _kept())


def reseal_all() -> tuple[int, int]:
    """Seal by the key in use what another sealed: (seen, changed). What was replaced meanwhile
    stays as it is, and so does, with a line in the log, what was sealed for another person: it
    opens nothing and must not keep a key from being changed. A key service is asked outside the
    transaction."""
    seen = changed = 0
    for one in _kept():
        seen += 1
        try:
            anew = resealed(one.text, one.user_id, one.kind)
        except Unreadable:
            _log.error("second_factor_unreadable", user=str(one.user_id), type=one.kind)
            continue
        if anew != one.text:
            changed += _replace(one, anew)
    return seen, changed


@transaction.atomic
def _replace(old: _Kept, new: str) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=old.pk).first()
    if row is None or row.data.get(old.field) != old.text:
        return False
    row.data[old.field] = new
    row.save(update_fields=["data"])
    return True


def _kept() -> Iterator[_Kept]:
    rows = Authenticator.objects.order_by("pk").values_list("pk", "user_id", "type", "data")
    for pk, user_id, kind, data in rows.iterator(chunk_size=500):
        for field in FIELDS:
            if data.get(field):
                yield _Kept(pk, user_id, kind, field, data[field])
