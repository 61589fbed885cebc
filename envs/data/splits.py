"""Which bars are for training, validation and testing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from tradegym.conf.schema.split import SplitConfig
    from tradegym.envs.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Split:
    """Bar numbers of the three parts: contiguous, disjoint, in this order, none of them empty.

    Attributes
    ----------
    train, validation, test : range
        Bars of each part; the first starts at 0 and the last ends with the data.
    """

    train: range
    validation: range
    test: range


# The configuration of each kind is its own class, so the functions take any of them.
SplitFunction = Callable[[Any, "Dataset"], Split]
SPLITS: dict[str, SplitFunction] = {}


def split_kind(name: str) -> Callable[[SplitFunction], SplitFunction]:
    """Register the function for ``split.kind=name``."""

    def register(function: SplitFunction) -> SplitFunction:
        SPLITS[name] = function
        return function

    return register


def make_split(config: "SplitConfig", dataset: "Dataset") -> Split:
    """Divide a dataset as ``split.kind`` and its options say.

    Parameters
    ----------
    config : SplitConfig
        ``kind`` and the options of that kind.
    dataset : Dataset
        Bars to divide.

    Returns
    -------
    Split
        Every bar belongs to exactly one part.

    Raises
    ------
    UserError
        If a part would be empty, a date is wrong or outside the data, or dates are out of order.
    """
    try:
        function = SPLITS[config.kind]
    except KeyError:
        raise UserError(
            f"split.kind={config.kind} is not one of {', '.join(SPLITS)}"
            f"{did_you_mean(config.kind, SPLITS)}"
        ) from None
    return function(config, dataset)


@split_kind("holdout")
def holdout(config: Any, dataset: "Dataset") -> Split:
    """Give the first ``train`` share to training, the next ``validation`` share to validation.

    The rest is the test part. Borders are rounded to the nearest bar.
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
    return _split(train, validation, bars)


@split_kind("dates")
def dates(config: Any, dataset: "Dataset") -> Split:
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
    return _split(borders[0], borders[1], len(dataset))


def _split(train: int, validation: int, bars: int) -> Split:
    return Split(range(train), range(train, validation), range(validation, bars))


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
