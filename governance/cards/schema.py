"""The whole card: every section and field, in order, and by key."""

from governance.cards.form import Field, Section
from governance.cards.mitchell import MITCHELL
from governance.cards.technical import TECHNICAL

SECTIONS: tuple[Section, ...] = MITCHELL + TECHNICAL
FIELDS: dict[str, Field] = {field.key: field for one in SECTIONS for field in one.fields}
AUTHORED: tuple[str, ...] = tuple(key for key, one in FIELDS.items() if not one.is_measured)
MEASURED: tuple[str, ...] = tuple(key for key, one in FIELDS.items() if one.is_measured)
REQUIRED: tuple[str, ...] = tuple(key for key, one in FIELDS.items() if one.is_required)

MAX_TEXT = 10_000  # characters of one field
