"""Folds as rows: for people (one row per fold) and for programs (one per range)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.data.splits.fold import ROLES, Fold

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

_DAY = np.timedelta64(1, "D")


def fold_rows(folds: Sequence[Fold], dataset: "Dataset") -> list[dict[str, str]]:
    """Return one row of text per fold.

    Returns
    -------
    list of dict
        ``fold``, then for each of `ROLES` that any fold has: the number of bars and the first
        and last time of its ranges, such as ``"503: 2015-01-02 to 2016-12-30"``.
    """
    used = [role for role in ROLES if any(getattr(fold, role) for fold in folds)]
    return [
        {"fold": str(fold.number)} | {role: _cell(fold, role, dataset) for role in used}
        for fold in folds
    ]


def fold_ranges(folds: Sequence[Fold], dataset: "Dataset") -> list[dict[str, Any]]:
    """Return one row per range of bars, made of what JSON knows.

    Returns
    -------
    list of dict
        ``fold``; ``role`` (one of `ROLES`); ``group`` (number of the tested group, or None);
        ``start`` and ``stop`` (bar numbers, stop excluded); ``bars``; ``first`` and ``last``
        (closes of the first and the last bar, ISO 8601, UTC).
    """
    return [
        {
            "fold": fold.number,
            "role": role,
            "group": fold.groups[position] if role == "test" and fold.groups else None,
            "start": one.start,
            "stop": one.stop,
            "bars": len(one),
            "first": f"{dataset.times[one.start].astype('datetime64[s]')}Z",
            "last": f"{dataset.times[one.stop - 1].astype('datetime64[s]')}Z",
        }
        for fold in folds
        for role in ROLES
        for position, one in enumerate(getattr(fold, role))
    ]


def _cell(fold: Fold, role: str, dataset: "Dataset") -> str:
    ranges = getattr(fold, role)
    spans = (f"{_day(dataset, one.start)} to {_day(dataset, one.stop - 1)}" for one in ranges)
    return f"{fold.bars(role):,}: {', '.join(spans)}" if ranges else "0"


def _day(dataset: "Dataset", row: int) -> str:
    unit = "m" if dataset.bar_seconds < _DAY / np.timedelta64(1, "s") else "D"
    return str(dataset.times[row].astype(f"datetime64[{unit}]")).replace("T", " ")
