"""Names and values cut to what MLflow accepts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

MAX_KEY = 250
MAX_PARAM = 6000
MAX_TAG = 8000
MAX_PARAMS_PER_BATCH = 100
MAX_METRICS_PER_BATCH = 1000

_CUT = " [cut]"
_FORBIDDEN = re.compile(r"[^\w\-. :/]")
_PATH_PARTS = {"", ".", ".."}

T = TypeVar("T")


def clean_key(name: str) -> str:
    """Return ``name`` as MLflow takes it: word characters, ``-``, ``.``, ``:``, blank and ``/``.

    Keys double as relative paths, so that empty parts and ``..`` go too.
    """
    parts = [part for part in _FORBIDDEN.sub("_", name).split("/") if part not in _PATH_PARTS]
    # Cutting can leave a slash at the end, which is no valid path either.
    return "/".join(parts)[:MAX_KEY].rstrip("/") or "_"


def clean_keys(values: Mapping[str, T]) -> dict[str, T]:
    """Return ``values`` under valid keys; keys that become equal get ``_2``, ``_3`` and so on."""
    cleaned: dict[str, T] = {}
    for name, value in values.items():
        key = base = clean_key(name)
        number = 1
        while key in cleaned:
            number += 1
            suffix = f"_{number}"
            key = base[: MAX_KEY - len(suffix)] + suffix
        cleaned[key] = value
    return cleaned


def cut(value: Any, limit: int) -> str:
    """Return ``str(value)``, at most ``limit`` characters long and marked where it was cut."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield ``items`` in lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
