"""Where the cache is, and writing its small files."""

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def cache_root() -> Path:
    """Return tradegym's folder in the user's cache directory (``XDG_CACHE_HOME``)."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "tradegym"


def aside(path: Path) -> Path:
    """Return another name in the same folder that no other process uses."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file so that it is, for everybody at any time, either as it was or complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = aside(path)
    try:
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
