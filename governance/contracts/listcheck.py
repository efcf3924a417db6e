"""Are the lists there that contracts in force screen against? Asked with `check --database`."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import Error, connections

from governance.contracts.models import Process


@register(Tags.database)
def screening_lists_are_readable(
    databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A list that is missing lets nobody through: every item of its process goes to people."""
    if not databases:
        return []
    # Not above: every process registers the check, few run it.
    from governance.contracts.rules.screening import path_of
    from integrations.screening.lists import ListUnreadable, load

    found: list[CheckMessage] = []
    for process, file in _lists_in_force():
        try:
            load(path_of(file))
        except ListUnreadable as error:
            found.append(
                Warning(
                    f"{process} screens against {file}, which cannot be used: {error}",
                    hint=f"Put the list at {path_of(file)}: CSV in UTF-8 with a column `name`.",
                    id="governance.W001",
                )
            )
    return found


def _lists_in_force() -> list[tuple[str, str]]:
    """(process, file) of the contracts in force; none before the first migration."""
    connection = connections["default"]
    try:
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
        if Process._meta.db_table not in tables:
            return []
        bodies = list(
            Process.objects.filter(contract__isnull=False).values_list("slug", "contract__body")
        )
    except Error:
        return []  # the database's own checks tell that it is not there
    return sorted(
        {
            (slug, check["options"]["list"])
            for slug, body in bodies
            for check in [*body["checks"], *body.get("gate", {}).get("checks", ())]
            if check.get("test") == "screening"
        }
    )
