"""Keys of ``dataset.process``: the stochastic process that makes the bars of synthetic data.

Rates are per year, and so is volatility (per square root of a year); `bars_per_year` converts
them to a bar. Every parameter is a number, ``[low, high]`` or ``{low, high, log: true}``; a range
is drawn anew for every path, and for every asset of it.
"""

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from tradegym.conf.schema.base import Condition, Text, Whole, fail, node, option
from tradegym.conf.schema.parameters import (
    KIND,
    Parameter,
    ParameterModel,
    Range,
    check_form,
    parameter,
)

Kind = Literal[
    "gbm", "ou", "merton", "heston", "garch", "regimes", "fbm", "sine", "bootstrap", "pair"
]


def _for(*kinds: str) -> Condition:
    return ("kind", kinds)


DRIFTING = _for("gbm", "merton", "heston", "garch", "fbm", "pair")
VOLATILE = _for("gbm", "ou", "merton", "heston", "garch", "fbm", "pair")
REVERTING = _for("ou", "heston", "pair")
MULTIPLE = _for("gbm", "ou", "merton", "heston", "garch", "regimes", "fbm", "sine")
CORRELATED = _for("gbm", "ou", "merton", "heston", "garch", "regimes", "fbm")
SIMULATED = _for("gbm", "ou", "merton", "heston", "garch", "regimes", "fbm", "sine", "pair")
STARTED = _for("gbm", "ou", "merton", "heston", "garch", "regimes", "fbm", "pair", "bootstrap")
MERTON, HESTON, GARCH = ("kind", "merton"), ("kind", "heston"), ("kind", "garch")
REGIMES, FBM, SINE = ("kind", "regimes"), ("kind", "fbm"), ("kind", "sine")
BOOTSTRAP, PAIR = ("kind", "bootstrap"), ("kind", "pair")
DAY_SECONDS = 86_400


def _check_day(value: str) -> str:
    try:
        year = dt.date.fromisoformat(value).year
    except ValueError:
        raise ValueError("is not a date") from None
    if not 1700 <= year <= 2200:
        raise ValueError("is out of range")
    return value


Day = Annotated[str, AfterValidator(_check_day)]
DAY = "a date YYYY-MM-DD from 1700 to 2200"


def _check_correlation(value: Any) -> Any:
    """Take a parameter, or a matrix as a tuple of rows."""
    if not isinstance(value, list | tuple) or not any(isinstance(v, list | tuple) for v in value):
        return check_form(value)
    rows = [list(row) if isinstance(row, list | tuple) else [] for row in value]
    matrix = tuple(tuple(float(check_form(cell)) for cell in row) for row in rows)
    size = len(matrix)
    if any(len(row) != size for row in matrix):
        raise ValueError("is not a square matrix")
    if any(matrix[i][j] != matrix[j][i] for i in range(size) for j in range(i)):
        raise ValueError("is not a symmetric matrix")
    if any(matrix[i][i] != 1 for i in range(size)):
        raise ValueError("is a matrix without ones on its diagonal")
    if not _is_positive_definite(matrix):
        raise ValueError("is a matrix that no assets can have (not positive definite)")
    return matrix


def _is_positive_definite(matrix: tuple[tuple[float, ...], ...]) -> bool:
    """Try the Cholesky decomposition; numpy is too slow to import for this."""
    lower: list[list[float]] = []
    for i, row in enumerate(matrix):
        lower.append([])
        for j in range(i):
            known = sum(a * b for a, b in zip(lower[i], lower[j][:j], strict=True))
            lower[i].append((row[j] - known) / lower[j][j])
        rest = row[i] - sum(a * a for a in lower[i])
        if rest <= 1e-12:
            return False
        lower[i].append(rest**0.5)
    return True


Matrix = tuple[tuple[float, ...], ...]
Correlation = Annotated[
    float | tuple[float, float] | dict[str, float | bool] | Matrix,
    BeforeValidator(_check_correlation),
]


class QuoteSpreadConfig(ParameterModel):
    """Spread of each bar: minimum + Beta(alpha, beta) x (maximum - minimum)."""

    KEY: ClassVar[str] = "dataset.process.spread"

    minimum: Parameter = parameter(0.0, "smallest spread, fraction of the price", ge=0, lt=1)
    maximum: Parameter = parameter(
        0.0, "largest spread, fraction of the price; 0 = no spread", ge=0, lt=1
    )
    alpha: Parameter = parameter(2.0, "first shape of the Beta distribution", gt=0)
    beta: Parameter = parameter(5.0, "second shape of the Beta distribution", gt=0)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if Range.of(self.minimum).high > Range.of(self.maximum).low:
            fail(
                f"{self.KEY}.minimum: {Range.of(self.minimum).high:g} is above "
                f"{self.KEY}.maximum={Range.of(self.maximum).low:g}; allowed: at most the maximum"
            )
        return self


class VolumeConfig(ParameterModel):
    """Volume of each bar: it rises with the bar's move and has noise of its own."""

    KEY: ClassVar[str] = "dataset.process.volume"

    mean: Parameter = parameter(1000.0, "mean volume of a bar; 0 = none", ge=0)
    reaction: Parameter = parameter(
        0.5, "part of the volume that is proportional to the bar's move", ge=0, le=1
    )
    noise: Parameter = parameter(0.3, "standard deviation of the logarithm's own noise", ge=0, le=5)


class RegimeConfig(ParameterModel):
    """One regime of a market."""

    drift: Parameter = parameter(0.05, "expected growth of the price per year in the regime")
    volatility: Parameter = parameter(0.2, "volatility per year in the regime", gt=0)
    duration: Parameter = parameter(100.0, "mean length of the regime, bars", gt=1)
    weight: Parameter = parameter(1.0, "chance to be the next regime, relative to the others", gt=0)


class RegimesConfig(ParameterModel):
    """The regimes by name; one that is null does not occur."""

    KEY: ClassVar[str] = "dataset.process.regimes"

    bull: RegimeConfig | None = node(
        lambda: RegimeConfig(drift=0.15, volatility=0.12, duration=250), "calm and rising"
    )
    bear: RegimeConfig | None = node(
        lambda: RegimeConfig(drift=-0.2, volatility=0.28, duration=80), "falling and nervous"
    )
    crisis: RegimeConfig | None = node(lambda: None, "a third regime; null = none")

    @model_validator(mode="after")
    def _check_number(self) -> Self:
        if sum(getattr(self, name) is not None for name in RegimesConfig.model_fields) < 2:
            fail(f"{self.KEY}: fewer than two regimes are left; allowed: at most one null")
        return self


class ProcessConfig(ParameterModel):
    """The stochastic process that makes the bars."""

    KEY: ClassVar[str] = "dataset.process"

    kind: Kind = option("gbm", "which process", flat=False)
    bars: Whole = option(
        5_000, "bars of the series that is split into train, validation and test", flat=False, ge=3
    )
    assets: Whole = option(1, "number of assets", flat=False, when=MULTIPLE, ge=1, le=1000)
    correlation: Correlation = option(
        0.0,
        "correlation of the assets' shocks: one number for all, or a matrix",
        flat=False,
        when=CORRELATED,
        kind=KIND,
        limits="a number > -1 and < 1, [low, high], or a matrix of one row per asset",
    )
    bar_seconds: Whole = option(
        DAY_SECONDS, "length of a bar, seconds", flat=False, when=SIMULATED, ge=1
    )
    calendar: Literal["weekdays", "always"] = option(
        "weekdays",
        "when the market is open (UTC): Monday to Friday, or always",
        flat=False,
        when=SIMULATED,
    )
    bars_per_year: float | None = option(
        None,
        "bars that a year of drift and volatility is spread over; null = the calendar's",
        flat=False,
        when=SIMULATED,
        gt=0,
    )
    start_time: Day = option(
        "2000-01-03", "first day", flat=False, when=SIMULATED, kind="a date", limits=DAY
    )
    steps_per_bar: Whole = option(
        10, "steps of the price inside a bar", flat=False, when=SIMULATED, ge=1, le=10_000
    )
    start_price: Parameter = parameter(100.0, "first price", when=STARTED, gt=0)

    drift: Parameter = parameter(
        0.05,
        "expected growth of the price per year (garch, fbm: of its logarithm)",
        when=DRIFTING,
    )
    volatility: Parameter = parameter(
        0.2, "volatility per year; of heston and garch the long-run one", when=VOLATILE, gt=0
    )
    reversion: Parameter = parameter(
        5.0, "speed of return per year: a gap shrinks to 1/e in 1/speed years", when=REVERTING,
        gt=0,
    )  # fmt: skip
    level: Parameter = parameter(100.0, "price to which it returns", when=_for("ou", "sine"), gt=0)

    jump_intensity: Parameter = parameter(10.0, "mean number of jumps a year", when=MERTON, ge=0)
    jump_mean: Parameter = parameter(-0.01, "mean of a jump's logarithm", when=MERTON)
    jump_volatility: Parameter = parameter(
        0.04, "standard deviation of a jump's logarithm", when=MERTON, ge=0
    )

    vol_of_vol: Parameter = parameter(0.5, "volatility of the variance per year", when=HESTON, gt=0)
    variance_correlation: Parameter = parameter(
        -0.7, "correlation of price and variance shocks", when=HESTON, gt=-1, lt=1
    )

    alpha: Parameter = parameter(
        0.08, "weight of the last squared shock in the variance", when=GARCH, ge=0, lt=1
    )
    beta: Parameter = parameter(
        0.9, "weight of the last variance in the variance", when=GARCH, ge=0, lt=1
    )
    degrees: Parameter = parameter(
        6.0, "degrees of freedom of the Student-t shocks", when=GARCH, gt=2, le=1e6
    )

    regimes: RegimesConfig = node(RegimesConfig, "the regimes by name", when=REGIMES)

    hurst: Parameter = parameter(
        0.6, "Hurst exponent: 0.5 = no memory, above = trends", when=FBM, gt=0, lt=1
    )

    period: Parameter = parameter(50.0, "length of a wave, bars", when=SINE, gt=1)
    amplitude: Parameter = parameter(
        0.1, "height of the wave, fraction of the level", when=SINE, ge=0, lt=1
    )
    phase: Parameter = parameter(0.0, "where the wave begins, fraction of a wave", when=SINE)
    noise: Parameter = parameter(
        0.0, "standard deviation of noise on the logarithm of each step", when=SINE, ge=0
    )

    series: Text = option(
        "sp500", "real prices: sp500, nasdaq, or the path of a file", flat=False, when=BOOTSTRAP
    )
    until: Day | None = option(
        None,
        "only bars before this day are resampled; null = all",
        flat=False,
        when=BOOTSTRAP,
        kind="a date",
        limits=DAY,
    )
    block_length: Parameter = parameter(
        20.0, "mean length of a block, bars (geometric)", when=BOOTSTRAP, ge=1
    )

    hedge_ratio: Parameter = parameter(
        1.0, "how far the second log price follows the first", when=PAIR
    )
    residual_volatility: Parameter = parameter(
        0.1, "volatility per year of the gap between the two", when=PAIR, gt=0
    )

    spread: QuoteSpreadConfig = node(QuoteSpreadConfig, "width added to high and low")
    volume: VolumeConfig = node(VolumeConfig, "traded volume", when=SIMULATED)

    @model_validator(mode="after")
    def _check_correlation_size(self) -> Self:
        if isinstance(self.correlation, tuple) and isinstance(self.correlation[0], tuple):
            if len(self.correlation) != self.assets:
                fail(
                    f"{self.KEY}.correlation: a matrix of {len(self.correlation)} rows for "
                    f"{self.KEY}.assets={self.assets}; allowed: one row per asset"
                )
            return self
        span, lowest = Range.of(self.correlation), -1.0 / max(self.assets - 1, 1)
        if not (lowest < span.low and span.high < 1):
            shown = f"{span.low:g}" if span.low == span.high else f"[{span.low:g}, {span.high:g}]"
            fail(
                f"{self.KEY}.correlation: {shown} is out of range; allowed: a number > {lowest:g} "
                f"and < 1 with {self.KEY}.assets={self.assets}"
            )
        return self

    @model_validator(mode="after")
    def _check_garch(self) -> Self:
        total = Range.of(self.alpha).high + Range.of(self.beta).high
        if self.kind == "garch" and total >= 1:
            fail(
                f"{self.KEY}.alpha + {self.KEY}.beta: {total:g} has no finite variance; allowed: "
                "a sum < 1 (of the high ends of ranges)"
            )
        return self

    @model_validator(mode="after")
    def _check_bar_length(self) -> Self:
        if self.calendar == "weekdays" and DAY_SECONDS % self.bar_seconds:
            fail(
                f"{self.KEY}.bar_seconds: {self.bar_seconds} does not divide a day; allowed with "
                f"{self.KEY}.calendar=weekdays: divisors of {DAY_SECONDS}, such as 60, 3600, 86400"
            )
        return self
