"""Columns whose values are encrypted when written and opened when read.

A model with such a field has a property `vault`. Code sees values in clear on the instance and the
column holds them encrypted, whichever way the instance is saved; so nobody can forget it. What
reads the column itself (`values_list`, hand-written SQL) gets it as it lies there, and opens it
with the item's vault. `QuerySet.update` writes what it is given: it is for erasing only.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute


class AtRest:
    """A column's value as it lies in the database; opened at most once."""

    __slots__ = ("_opened", "raw")

    def __init__(self, raw: Any, *opened: Any) -> None:
        self.raw = raw
        self._opened = opened

    def opened(self, instance: Any, side: str) -> Any:
        if not self._opened:
            self._opened = (instance.vault.open(side, self.raw),)
        return self._opened[0]


def at_rest(value: Any) -> Any:
    """What `values_list` gave of such a column, as it lies in the database."""
    return value.raw if isinstance(value, AtRest) else value


class _VaultedAttribute(DeferredAttribute):
    field: Any

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return value.opened(instance, self.field.side) if isinstance(value, AtRest) else value

    def __set__(self, instance: Any, value: Any) -> None:
        # With this the class's attribute comes before the instance's own dictionary.
        instance.__dict__[self.field.attname] = value


class _Vaulted(models.Field):
    """side: "input" and "output" are encrypted value by value, as the contract labels them;
    anything else as a whole, and only names the place."""

    descriptor_class = _VaultedAttribute
    is_vaulted = True

    def __init__(self, *args: Any, side: str = "", **kwargs: Any) -> None:
        self.side = side
        super().__init__(*args, **kwargs)

    def clone(self) -> Any:
        return type(self)(**self.deconstruct()[3], side=self.side)

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = instance.__dict__.get(self.attname)
        if isinstance(value, AtRest):
            return value.raw
        if not value or hasattr(value, "resolve_expression"):
            return value
        vault = instance.vault  # type: ignore[attr-defined]
        by_value = self.side in ("input", "output")
        raw = vault.put(self.side, value) if by_value else vault.put_whole(self.side, value)
        instance.__dict__[self.attname] = AtRest(raw, value)
        return raw


class VaultedJSONField(_Vaulted, models.JSONField):
    """jsonb. The schema of the database is that of a JSONField."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        return None if found is None else AtRest(found)


class VaultedTextField(_Vaulted, models.TextField):
    """text; an encrypted one is the JSON of the token."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        raw = super().pre_save(instance, add)
        return json.dumps(raw) if isinstance(raw, dict) else raw

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            return AtRest(json.loads(value)) if value and value.startswith('{"vault"') else value
        except ValueError:
            return value
