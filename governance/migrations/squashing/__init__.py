"""What the squashed migrations of both apps are made of; a package, so that Django takes it for no
migration."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

# The ends of a trigger that refuses whatever is not an insert, and of one that lets rows change.
_REFUSES = "STATEMENT EXECUTE FUNCTION governance_refuse_change()"
APPEND_ONLY = ("BEFORE UPDATE OR DELETE OR TRUNCATE", _REFUSES)
KEPT = ("BEFORE DELETE OR TRUNCATE", _REFUSES)


class CreateModels(Operation):
    """Many CreateModel as one step, in any order among themselves.

    With each model that joins, Django renders anew whatever is related to it, and nearly all models
    here are: one by one, the 84 of both apps cost 2,900 renderings more, which was 60 % of the time
    of migrating an empty database. So they join first and are rendered once. References may go
    forward and round, as foreign keys are made at the end of a migration.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["models"]

    def __init__(self, models: Sequence[migrations.CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # what was rendered; it is made again where it is needed
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "Create models " + ", ".join(model.name for model in self.models)

    @property
    def migration_name_fragment(self) -> str:
        return "models"


@dataclass(frozen=True)
class Trigger:
    name: str
    table: str
    when: str
    does: str

    @property
    def sql(self) -> str:
        """ENABLE ALWAYS keeps it on under session_replication_role = replica."""
        return (
            f"CREATE TRIGGER {self.name} {self.when} ON {self.table} FOR EACH {self.does};"
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name}"
        )


def guard(functions: str, triggers: Sequence[Trigger]) -> migrations.RunSQL:
    """Functions, each after those that it calls, and the triggers; backwards, all of them go."""
    names = re.findall(r"^CREATE FUNCTION (\w+)\(", functions, re.MULTILINE)
    return migrations.RunSQL(
        ";\n".join([functions, *(trigger.sql for trigger in triggers)]),
        ";\n".join(
            [
                *(f"DROP TRIGGER {trigger.name} ON {trigger.table}" for trigger in triggers),
                *(f"DROP FUNCTION {name}" for name in reversed(names)),
            ]
        ),
    )
