"""Names of the places where values come from."""

SCHEMA = "schema"
"""No file sets the key; the schema's default counts."""

COMMAND_LINE = "command line"
MAKE = "make()"

PACKAGED = "packaged "
"""Followed by the packaged file, as in ``packaged engine/standard``."""

PRESET = "preset "
"""Followed by the packaged preset, as in ``preset experiment/quick``."""

FILE = "file "
"""Followed by the path of the user's own option file."""


def is_given(origin: str) -> bool:
    """Say whether the user asked for the value; a schema or packaged value is a default."""
    return origin != SCHEMA and not origin.startswith(PACKAGED)
