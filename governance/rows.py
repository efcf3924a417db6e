"""Model instances by hand-written SQL, for the few statements that every request pays for.

The ORM compiles a statement anew each time it runs. A SELECT over two models costs 0.8 ms of
processor time that way, of which PostgreSQL's answer is a tenth; deciding takes six of them.
Everything that is not on that path stays with the ORM.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import Model

M = TypeVar("M", bound=Model)


class Rows(Generic[M]):
    """Columns of a model in a fixed order: `columns` to select, `read` and `insert` to map.

    `alias` is the table's name in the statement that the columns go into.
    """

    def __init__(self, model: type[M], alias: str) -> None:
        self._model = model
        self._fields = model._meta.concrete_fields
        self.columns = ", ".join(f'{alias}."{field.column}"' for field in self._fields)
        self.width = len(self._fields)
        self._names = [field.attname for field in self._fields]
        self._decoders = [
            (place, field.from_db_value)
            for place, field in enumerate(self._fields)
            if hasattr(field, "from_db_value")
        ]

        self._encoders = [_encoder(field) for field in self._fields]

    def read(self, row: Sequence[Any]) -> M:
        """An instance from the values of `columns`, as a query of the ORM gives it."""
        values = list(row)
        for place, decode in self._decoders:
            values[place] = decode(values[place], None, connection)
        return self._model.from_db(connection.alias, self._names, values)

    @cached_property
    def _insert(self) -> tuple[str, str]:
        names = ", ".join(f'"{field.column}"' for field in self._fields)
        marks = ", ".join(["%s"] * self.width)
        table = self._model._meta.db_table
        return f'INSERT INTO "{table}" ({names}) VALUES ', f"({marks})"  # noqa: S608

    def update(self, instance: M, *names: str) -> None:
        """Store these fields of an instance, like `save(update_fields=names)`."""
        places = [self._names.index(name) for name in names]
        changes = ", ".join(f'"{self._fields[place].column}" = %s' for place in places)
        values = [self._encoders[place](instance) for place in places]
        table = self._model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{table}" SET {changes} WHERE id = %s',  # noqa: S608
                [*values, instance.pk],
            )

    def insert(self, instances: Sequence[M]) -> None:
        """Store new instances whose keys are set, in one statement."""
        if not instances:
            return
        statement, marks = self._insert
        values = [encode(one) for one in instances for encode in self._encoders]
        with connection.cursor() as cursor:
            cursor.execute(statement + ", ".join([marks] * len(instances)), values)
        for one in instances:
            one._state.adding, one._state.db = False, connection.alias


# Their values go to the driver as they are; other fields are asked.
_PLAIN = (
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
    models.UUIDField,
)


def _encoder(field: "models.Field[Any, Any]") -> Callable[[Model], Any]:
    """What gives a field's value for the database."""
    is_set_on_save = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    is_vaulted = getattr(field, "is_vaulted", False)
    if isinstance(field, _PLAIN) and not is_set_on_save and not is_vaulted:
        return attrgetter(field.attname)

    def encode(instance: Model) -> Any:
        return field.get_db_prep_save(field.pre_save(instance, add=True), connection)

    return encode
