"""Keys of the group ``split``: which bars are for training, validation and test."""

import datetime as dt
import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from tradegym.conf.schema.base import ConfigModel, Whole, fail, option
from tradegym.conf.schema.length import (
    LENGTH,
    LENGTH_LIMITS,
    Length,
    PositiveLength,
    digits,
    parse_length,
)

HOLDOUT = ("kind", "holdout")
DATES = ("kind", "dates")
WALKING = ("kind", ("walk_forward", "expanding"))
GROUPED = ("kind", ("purged", "combinatorial"))
COMBINATORIAL = ("kind", "combinatorial")
SHARED = ("kind", ("holdout", "purged", "combinatorial"))
FOLDED = ("kind", ("walk_forward", "expanding", "purged", "combinatorial"))

ALL_FOLDS = "all"
"""Value of ``split.fold`` that stands for every fold."""

MAX_FOLDS = 10_000
"""More combinations are a mistake: each fold is a training of its own."""


def _check_date(value: str) -> str:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError("is not a date") from None
    return value


def _check_purge(value: int | str) -> int | str:
    if value != "auto":
        try:
            parse_length(value)
        except ValueError as error:
            raise ValueError(str(error).replace(LENGTH, f"{LENGTH} or auto")) from None
    return value


def _check_fold(value: int | str) -> int | str:
    if isinstance(value, str) and value != ALL_FOLDS:
        raise ValueError("is not the number of a fold")
    if isinstance(value, int) and value < 0:
        raise ValueError("is out of range")
    return value


Date = Annotated[str, AfterValidator(_check_date)]
FoldChoice = Annotated[Whole | str, BeforeValidator(digits), AfterValidator(_check_fold)]
Purge = Annotated[Whole | str, BeforeValidator(digits), AfterValidator(_check_purge)]


def _length(default: int | str | None, description: str, when: Any, limits: str = "") -> Any:
    return option(
        default,
        description,
        when=when,
        flat=False,
        kind=LENGTH,
        limits=f"{limits}{LENGTH_LIMITS}",
    )


class SplitConfig(ConfigModel):
    """Which bars are for training, validation and test."""

    KEY: ClassVar[str] = "split"

    kind: Literal["holdout", "dates", "walk_forward", "expanding", "purged", "combinatorial"] = (
        option(
            "holdout",
            "by fraction, at dates, walk-forward (sliding or expanding) or purged cross-validation",
            flat=False,
        )
    )
    train: float = option(
        0.6, "fraction of the bars for training", when=HOLDOUT, flat=False, gt=0, lt=1
    )
    validation: float = option(
        0.2,
        "fraction for validation, of the bars (holdout) or of those that are not tested",
        when=SHARED,
        flat=False,
        ge=0,
        lt=1,
    )
    validation_start: Date | None = option(
        None, "first day of validation", when=DATES, flat=False, kind="a date YYYY-MM-DD"
    )
    test_start: Date | None = option(
        None, "first day of test", when=DATES, flat=False, kind="a date YYYY-MM-DD"
    )
    fold: FoldChoice = option(
        "all",
        "number of the fold that is trained and tested, from 0; all = each in turn",
        when=FOLDED,
        flat=False,
        kind="the number of a fold",
        limits=">= 0, or all",
    )
    train_length: PositiveLength = _length(
        "40%", "length of training (expanding: of the first)", WALKING
    )
    validation_length: Length = _length("10%", "length of validation; 0 = none", WALKING)
    test_length: PositiveLength = _length("10%", "length of a test period", WALKING)
    stride: PositiveLength | None = _length(
        None, "from one fold to the next; null = test_length, tests then touch", WALKING
    )
    remainder: Literal["extend", "short", "drop"] = option(
        "extend",
        "bars after the last test period: lengthen it, are a shorter one, or are not used",
        when=WALKING,
        flat=False,
    )
    groups: Whole = option(
        10, "consecutive groups of equal size that are tested", when=GROUPED, flat=False, ge=2
    )
    test_groups: Whole = option(2, "groups that a fold tests", when=COMBINATORIAL, flat=False, ge=1)
    purge: Purge = _length(
        "auto",
        "bars kept free between parts; auto = lookback of the state + length of an episode",
        FOLDED,
        "auto, ",
    )
    embargo: Length = _length("1%", "bars kept free after a test period, beyond the purge", GROUPED)

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        _CHECKS.get(self.kind, lambda _: None)(self)
        return self


def _check_holdout(split: SplitConfig) -> None:
    if split.validation == 0:
        fail("split.validation: 0 is out of range; allowed with split.kind=holdout: > 0 and < 1")
    if split.train + split.validation >= 1:
        fail(
            f"split.train + split.validation: {split.train:g} + {split.validation:g} leaves "
            "no bars for test; allowed: a sum < 1"
        )


def _check_dates(split: SplitConfig) -> None:
    for name in ("validation_start", "test_start"):
        if getattr(split, name) is None:
            fail(f"split.{name}: missing; split=dates needs a date YYYY-MM-DD")
    if str(split.validation_start) >= str(split.test_start):
        fail(
            f"split.test_start: {split.test_start} is not after split.validation_start="
            f"{split.validation_start}"
        )


def _check_combinatorial(split: SplitConfig) -> None:
    if split.test_groups >= split.groups:
        fail(
            f"split.test_groups: {split.test_groups} leaves no group for training; "
            f"allowed: an integer >= 1 and < split.groups={split.groups}"
        )
    folds = math.comb(split.groups, split.test_groups)
    if folds > MAX_FOLDS:
        fail(
            f"split.groups: {split.groups} with split.test_groups={split.test_groups} makes "
            f"{folds:.4g} folds; allowed: up to {MAX_FOLDS:,}; use fewer groups"
        )


_CHECKS = {
    "holdout": _check_holdout,
    "dates": _check_dates,
    "combinatorial": _check_combinatorial,
}
