"""Keys of the group ``strategy``: what the agent sees, may do, gets, and when it is over."""

from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from tradegym.conf.schema.actions import ActionsConfig
from tradegym.conf.schema.base import (
    IMPORT_PATH,
    ConfigModel,
    ImportPath,
    Unique,
    Whole,
    fail,
    node,
    option,
)
from tradegym.conf.schema.features import FeatureEntries, default_features
from tradegym.conf.schema.reward import RewardConfig, default_reward

Mode = Literal["raw", "internal", "features"]
Statistic = Literal[
    "cash",
    "value",
    "exposure",
    "drawdown",
    "pos_direction",
    "pos_duration",
    "realized_pnl",
    "unrealized_pnl",
    "min_unrealized_pnl",
    "max_unrealized_pnl",
    "net_exposure",
    "gross_exposure",
    "weights",
]

BTGYM_STATISTICS = get_args(Statistic)[:10]
"""BTgym's ten."""


class StateConfig(ConfigModel):
    """What the agent sees."""

    KEY: ClassVar[str] = "strategy.state"

    modes: Annotated[Unique[Mode], Field(min_length=1)] = option(
        ("features", "internal"), "parts of the observation", flat="state_modes"
    )
    time_dim: Whole = option(30, "bars in the window of raw and features", ge=2)
    avg_period: Whole = option(10, "bars in the window of the internal state", ge=1)
    internal: Annotated[Unique[Statistic], Field(min_length=1)] = option(
        BTGYM_STATISTICS, "broker statistics of the internal state", flat="internal_statistics"
    )
    flat: bool = option(False, "one vector instead of a mapping by mode", flat="flat_state")
    features: FeatureEntries = option(
        default_features(),
        "features by name: {rsi: {kind: RSI, timeperiod: 7}, log_return: {}}",
        flat="features",
        kind="a mapping",
        entries=True,
    )


class LimitsConfig(ConfigModel):
    """When the episode is over before the data end."""

    KEY: ClassVar[str] = "strategy.limits"

    drawdown_call: float | None = option(
        50.0, "percent below the running peak that ends the episode; null = off", gt=0, le=100
    )
    max_loss: float | None = option(
        None, "percent below the starting cash that ends the episode; null = off", gt=0, le=100
    )
    target_call: float | None = option(
        None, "percent above the starting cash that ends the episode; null = off", gt=0
    )
    max_orders: Whole | None = option(
        None, "opening orders within max_orders_window bars, more are refused; null = any", ge=1
    )
    max_orders_window: Whole = option(20, "bars of max_orders", ge=1)


class StrategyConfig(ConfigModel):
    """What the agent sees, may do, gets, and when it is over."""

    KEY: ClassVar[str] = "strategy"

    cls: ImportPath | None = option(
        None,
        "your own strategy class, module:Name; packaged strategy values are then not used",
        flat="strategy",
        kind=IMPORT_PATH,
    )
    params: dict[str, Any] = option(
        {}, "parameters of strategy.cls by name", flat=False, kind="a mapping"
    )
    skip_frame: Whole = option(1, "bars per decision", ge=1)
    state: StateConfig = node(StateConfig, "what the agent sees")
    actions: ActionsConfig = node(ActionsConfig, "what the agent may do")
    reward: RewardConfig = node(default_reward, "what the agent gets")
    limits: LimitsConfig = node(LimitsConfig, "when the episode is over")

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        """Check what belongs together, unless a strategy class decides on its own."""
        if self.cls is not None:
            return self
        if self.params:
            fail(
                f"strategy.params.{next(iter(self.params))}: only used with strategy.cls, "
                "which is not set"
            )
        if "features" in self.state.modes and not any(self.state.features.values()):
            fail(
                "strategy.state.features: empty, but strategy.state.modes names features; "
                "add a feature or take features out of the modes"
            )
        self.reward.check(self.skip_frame)
        return self
