"""A masked or revealed value on a page: what is said of it, and the way to reveal it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from review.revealing.sight import Sight


@dataclass(frozen=True)
class Veil:
    """One value at one place of a page. field is as reveals name it; place says which of its
    values it is: input, candidate, decision:<id>, form, documents. url is "" for who may not ask.
    """

    kind: str
    field: str
    place: str
    url: str
    left: int  # seconds that the value is still shown; 0 where it is masked

    @cached_property
    def html_id(self) -> str:
        return "veil-" + re.sub(r"[^a-z0-9]+", "-", f"{self.place}-{self.field}".lower())

    @property
    def is_open(self) -> bool:
        return self.left > 0

    @property
    def text(self) -> str:
        return f"••• {self.kind}"


@dataclass(frozen=True, slots=True)
class Veils:
    """Makes the veils of one item for one person."""

    item_id: UUID
    sight: Sight

    def over(self, kind: str, field: str, place: str) -> Veil:
        url = ""
        if self.sight.may_ask:
            wanted = urlencode({"field": field, "place": place})
            url = f"{reverse('item-reveal', args=[self.item_id])}?{wanted}"
        return Veil(kind, field, place, url, self.sight.seconds_left(field))

    def maybe(self, kind: str | None, field: str, place: str) -> Veil | None:
        """A veil where the label is one that is masked here."""
        if kind is None or kind in self.sight.kinds:
            return None
        return self.over(kind, field, place)
