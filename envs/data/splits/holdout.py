"""One fold: training, validation and test follow each other, by fraction or by date."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.splits.fold import Fold, Reach
from tradegym.envs.data.splits.registry import split_kind

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset


@split_kind("holdout")
def holdout(config: Any, dataset: "Dataset", reach: Reach) -> list[Fold]:
    """Give the first ``train`` share to training, the next ``validation`` share to validation.

    The rest is the test part. Borders are rounded to the nearest bar. Nothing is purged: training
    comes first and never sees a later bar, and warm-up bars lie inside their part.
    """
    bars = len(dataset)
    # Halves go up: Python's round() would take 1.5 and 2.5 both to 2, an empty part.
    train = int(bars * config.train + 0.5)
    validation = int(bars * (config.train + config.validation) + 0.5)
    shares = f"split.train={config.train:g} and split.validation={config.validation:g}"
    if not 0 < train < validation < bars:
        part = "train" if train <= 0 else "validation" if validation <= train else "test"
        raise UserError(
            f"{shares} leave no bar for the {part} part of dataset {dataset.name!r} "
            f"({bars} bars); both must be above 0 and their sum below 1, with a bar for each part"
        )
    return _folds(train, validation, bars)


@split_kind("dates")
def dates(config: Any, dataset: "Dataset", reach: Reach) -> list[Fold]:
    """Start validation and test at the first bar on or after a date (00:00 UTC)."""
    keys = ("validation_start", "test_start")
    starts = [_date(f"split.{key}", getattr(config, key)) for key in keys]
    covered = f"dataset {dataset.name!r} covers {_day(dataset, 0)} to {_day(dataset, -1)}"
    if starts[0] >= starts[1]:
        raise UserError(
            f"split.validation_start={starts[0]} is not before split.test_start={starts[1]}; "
            f"give an earlier validation_start or a later test_start ({covered})"
        )
    borders: list[int] = []
    for key, start in zip(keys, starts, strict=True):
        border = int(np.searchsorted(dataset.times, start.astype("datetime64[ns]")))
        if border in (0, len(dataset)):
            side = "train" if border == 0 else "test"
            raise UserError(
                f"split.{key}={start} leaves no bar for the {side} part; {covered}, "
                "give a date inside"
            )
        borders.append(border)
    if borders[0] == borders[1]:
        raise UserError(
            f"split.validation_start={starts[0]} and split.test_start={starts[1]} have no bar "
            f"between them, so the validation part is empty; move one of them ({covered})"
        )
    return _folds(borders[0], borders[1], len(dataset))


def _folds(train: int, validation: int, bars: int) -> list[Fold]:
    return [
        Fold(
            0,
            train=(range(train),),
            validation=(range(train, validation),),
            test=(range(validation, bars),),
        )
    ]


def _date(key: str, value: object) -> np.datetime64:
    text = str(value)
    try:
        # numpy also reads "2017" and "2017-01"; a split should say the day it means.
        day = np.datetime64(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        day = None
    if day is None or not 1678 <= int(text[:4]) <= 2261:
        raise UserError(f"{key}={text} is not a date; write it as YYYY-MM-DD, e.g. 2015-01-31")
    return day


def _day(dataset: "Dataset", row: int) -> str:
    return str(dataset.times[row].astype("datetime64[D]"))
