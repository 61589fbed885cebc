"""Keys of the node ``strategy.actions``: what the agent may do."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from tradegym.conf.schema.base import ConfigModel, Unique, Whole, fail, option

Scheme = Literal["discrete", "target", "sizes", "bsh", "weights", "bracket", "limit"]
Action = Literal["hold", "buy", "sell", "close"]

ALL = "all"
"""Value of ``strategy.actions.assets`` for every asset of the dataset."""

DISCRETE = ("scheme", "discrete")
TARGET = ("scheme", "target")
SIZES = ("scheme", "sizes")
WEIGHTS = ("scheme", "weights")
BRACKET = ("scheme", "bracket")
LIMIT = ("scheme", "limit")
REBALANCED = ("scheme", ("target", "weights"))
SHORTED = ("scheme", ("weights", "bracket"))
INVESTED = ("scheme", ("target", "sizes", "bsh", "weights"))

_ASSETS = "the name of an asset, a list of names, or all"
_LEVELS = "a list of different numbers with 0 among them, such as [-1, 0, 1]"
_SIZES = "a list of different numbers above 0 and at most 1"
_BELOW_ONE = "a list of different numbers above 0 and below 1"
_ABOVE_ZERO = "a list of different numbers above 0 (below 1 with shorts)"
_OFFSETS = "a list of different numbers from 0 to below 1"


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_assets(value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
    if value is not None and not value:
        raise ValueError("is empty")
    if isinstance(value, tuple) and len(set(value)) != len(value):
        raise ValueError("names something twice")
    return value


def _numbers(is_allowed: Callable[[float], bool]) -> AfterValidator:
    """Return the check of a list of numbers, each of which must be different and allowed."""

    def check(values: tuple[float, ...]) -> tuple[float, ...]:
        if not values:
            raise ValueError("is empty")
        if len(set(values)) != len(values):
            raise ValueError("has a number twice")
        for value in values:
            if not is_allowed(value):
                raise ValueError(f"has {value:g} in it")
        return values

    return AfterValidator(check)


def _check_levels(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(set(values)) != len(values):
        raise ValueError("has a number twice")
    if 0.0 not in values or len(values) == 1:
        raise ValueError("lacks 0" if 0.0 not in values else "has no level but 0")
    return values


_Tuple = BeforeValidator(_as_tuple)
Levels = Annotated[tuple[float, ...], _Tuple, AfterValidator(_check_levels)]
Sizes = Annotated[tuple[float, ...], _Tuple, _numbers(lambda one: 0.0 < one <= 1.0)]
BelowOne = Annotated[tuple[float, ...], _Tuple, _numbers(lambda one: 0.0 < one < 1.0)]
AboveZero = Annotated[tuple[float, ...], _Tuple, _numbers(lambda one: one > 0.0)]
Offsets = Annotated[tuple[float, ...], _Tuple, _numbers(lambda one: 0.0 <= one < 1.0)]
Assets = Annotated[str | tuple[str, ...] | None, _Tuple, AfterValidator(_check_assets)]


class ActionsConfig(ConfigModel):
    """What the agent may do."""

    KEY: ClassVar[str] = "strategy.actions"

    scheme: Scheme = option("discrete", "how an action becomes orders", flat="action_scheme")
    assets: Assets = option(
        None,
        "traded assets; null = the first, by one action; all or a list = jointly",
        flat="traded_assets",
        kind=_ASSETS,
        limits=_ASSETS,
    )
    portfolio_actions: Unique[Action] = option(
        ("hold", "buy", "sell", "close"), "the discrete actions, in this order", when=DISCRETE
    )
    levels: Levels = option(
        (-1.0, 0.0, 1.0),
        "positions to choose from, fractions of the equity; below 0 = short",
        when=TARGET,
        kind="a list of numbers",
        limits=_LEVELS,
    )
    sizes: Sizes = option(
        (0.25, 0.5, 1.0),
        "order sizes to choose from, fractions of size_of; when reducing, of the position",
        when=SIZES,
        kind="a list of numbers",
        limits=_SIZES,
    )
    size_of: Literal["cash", "equity"] = option("cash", "what sizes are fractions of", when=SIZES)
    transform: Literal["softmax", "simplex"] = option(
        "softmax",
        "how entries become weights: softmax of -1 to 1, or 0 to 1 as they are",
        flat="weights_transform",
        when=WEIGHTS,
    )
    shorts: bool = option(False, "weights below 0, or brackets for shorts", when=SHORTED)
    threshold: float = option(
        0.02,
        "fraction of the equity by which a position may miss its target without an order",
        flat="rebalance_threshold",
        when=REBALANCED,
        ge=0,
        lt=1,
    )
    reserve: float = option(
        0.01,
        "fraction of what could be invested that is kept for costs",
        flat="action_reserve",
        when=INVESTED,
        ge=0,
        lt=1,
    )
    stop_loss: BelowOne = option(
        (0.02, 0.04),
        "stop-losses to choose from, fractions of the close",
        when=BRACKET,
        kind="a list of numbers",
        limits=_BELOW_ONE,
    )
    take_profit: AboveZero = option(
        (0.02, 0.06),
        "take-profits to choose from, fractions of the close",
        when=BRACKET,
        kind="a list of numbers",
        limits=_ABOVE_ZERO,
    )
    offsets: Offsets = option(
        (0.0, 0.005, 0.01),
        "limits to choose from, fractions below (buy) or above (sell) the close",
        when=LIMIT,
        kind="a list of numbers",
        limits=_OFFSETS,
    )
    expiry: Whole | None = option(
        5,
        "bars on which a limit order can fill; null = until it is replaced",
        when=LIMIT,
        ge=1,
    )

    @model_validator(mode="after")
    def _check_hold(self) -> Self:
        if "hold" not in self.portfolio_actions:
            fail(
                f"strategy.actions.portfolio_actions: {list(self.portfolio_actions)} lacks hold; "
                "allowed: a list of hold, buy, sell, close with hold in it"
            )
        return self

    @model_validator(mode="after")
    def _check_shorts(self) -> Self:
        if not self.shorts:
            return self
        if self.transform == "simplex":
            fail(
                "strategy.actions.transform: simplex has no weights below 0; "
                "not used with strategy.actions.shorts=true"
            )
        for take in self.take_profit:
            if take >= 1.0:
                fail(
                    f"strategy.actions.take_profit: {take:g} would close a short at a price of 0 "
                    "or less; allowed with strategy.actions.shorts=true: numbers below 1"
                )
        return self

    @property
    def is_joint(self) -> bool:
        """Whether one action trades several assets, or one as if there were several."""
        return self.assets == ALL or isinstance(self.assets, tuple)

    def check_leverage(self, leverage: float) -> None:
        """Refuse positions that the engine's ``leverage`` never allows."""
        highest = max(self.levels, key=abs)
        if self.scheme == "target" and abs(highest) > leverage:
            fail(
                f"strategy.actions.levels: {highest:g} needs engine.leverage={abs(highest):g} or "
                f"more; it is {leverage:g}"
            )
