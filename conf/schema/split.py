"""Keys of the group ``split``: which bars are for training, validation and test, and episodes."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, model_validator

from tradegym.conf.schema.base import ConfigModel, Whole, fail, option

HOLDOUT = ("kind", "holdout")
DATES = ("kind", "dates")


def _check_date(value: str) -> str:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError("is not a date") from None
    return value


Date = Annotated[str, AfterValidator(_check_date)]


class SplitConfig(ConfigModel):
    """Which bars are for training, validation and test, in this order of time."""

    KEY: ClassVar[str] = "split"

    kind: Literal["holdout", "dates"] = option(
        "holdout", "by fraction of the bars (holdout) or at given dates (dates)", flat=False
    )
    train: float = option(
        0.6, "fraction of the bars for training", when=HOLDOUT, flat=False, gt=0, lt=1
    )
    validation: float = option(
        0.2,
        "fraction of the bars for validation; the rest is test",
        when=HOLDOUT,
        flat=False,
        gt=0,
        lt=1,
    )
    validation_start: Date | None = option(
        None, "first day of validation", when=DATES, flat=False, kind="a date YYYY-MM-DD"
    )
    test_start: Date | None = option(
        None, "first day of test", when=DATES, flat=False, kind="a date YYYY-MM-DD"
    )
    episode_duration: Whole | None = option(
        252, "decisions per training episode; null = the whole split", ge=1
    )

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if self.kind == "holdout":
            if self.train + self.validation >= 1:
                fail(
                    f"split.train + split.validation: {self.train:g} + {self.validation:g} leaves "
                    "no bars for test; allowed: a sum < 1"
                )
            return self
        for name in ("validation_start", "test_start"):
            if getattr(self, name) is None:
                fail(f"split.{name}: missing; split=dates needs a date YYYY-MM-DD")
        if str(self.validation_start) >= str(self.test_start):
            fail(
                f"split.test_start: {self.test_start} is not after split.validation_start="
                f"{self.validation_start}"
            )
        return self
