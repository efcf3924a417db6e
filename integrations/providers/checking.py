"""Whether a model's answer fits the output schema."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from integrations.providers.base import Call, MalformedOutput, ProviderPermanent


def check_output(
    output: Any, schema: Mapping[str, Any], *, raw: str, call: Call | None = None
) -> None:
    """Raise MalformedOutput, naming field and rule but never the value, unless output fits."""
    for error in _validator(json.dumps(schema, sort_keys=True)).iter_errors(output):
        where = ".".join(str(part) for part in error.instance_path) or "the answer"
        rule = next((part for part in reversed(error.schema_path) if isinstance(part, str)), "")
        raise MalformedOutput(
            f"The answer does not fit the output schema: {where} breaks {rule}.",
            raw=raw,
            call=call,
        )


@functools.lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    try:
        return jsonschema_rs.validator_for(json.loads(schema), validate_formats=True)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise ProviderPermanent(f"The output schema is not valid: {error}") from None
