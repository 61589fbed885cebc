"""Keys of the group ``strategy``: what the agent sees, may do, gets, and when it is over."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

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

Mode = Literal["raw", "internal", "features"]
Action = Literal["hold", "buy", "sell", "close"]


class LogReturnFeature(ConfigModel):
    """Logarithm of the close over an earlier close."""

    KEY: ClassVar[str] = "strategy.state.features.log_return"

    lookback: Whole = option(1, "bars between the two closes", flat=False, ge=1)
    scaler: Literal["none", "standard"] = option(
        "standard", "standard = mean 0, deviation 1, fitted on train only", flat=False
    )


class FeaturesConfig(ConfigModel):
    """The features by name; a name that is null or absent is not computed."""

    KEY: ClassVar[str] = "strategy.state.features"

    log_return: LogReturnFeature | None = node(
        lambda: None, "logarithmic return of the close; null = not computed"
    )


class StateConfig(ConfigModel):
    """What the agent sees."""

    KEY: ClassVar[str] = "strategy.state"

    modes: Annotated[Unique[Mode], Field(min_length=1)] = option(
        ("features", "internal"), "parts of the observation", flat="state_modes"
    )
    time_dim: Whole = option(30, "bars in the window of raw and features", ge=2)
    avg_period: Whole = option(10, "bars in the window of the internal state", ge=1)
    features: FeaturesConfig = node(
        lambda: FeaturesConfig(log_return=LogReturnFeature()), "features by name"
    )


class ActionsConfig(ConfigModel):
    """What the agent may do."""

    KEY: ClassVar[str] = "strategy.actions"

    portfolio_actions: Unique[Action] = option(
        ("hold", "buy", "sell", "close"), "the discrete actions, in this order"
    )

    @model_validator(mode="after")
    def _check_hold(self) -> Self:
        if "hold" not in self.portfolio_actions:
            fail(
                f"strategy.actions.portfolio_actions: {list(self.portfolio_actions)} lacks hold; "
                "allowed: a list of hold, buy, sell, close with hold in it"
            )
        return self


class BTgymReward(ConfigModel):
    """BTgym's reward: normalised profit plus shaping."""

    KEY: ClassVar[str] = "strategy.reward.btgym"

    weight: float = option(1.0, "weight of the term; 0 = off", flat=False)
    scale: float = option(1.0, "factor of the term", flat="reward_scale", gt=0)
    gamma: float = option(0.99, "discount of the shaping potential", gt=0, le=1)


class LogReturnReward(ConfigModel):
    """Logarithmic return of the equity."""

    KEY: ClassVar[str] = "strategy.reward.log_return"

    weight: float = option(0.0, "weight of the term; 0 = off", flat=False)
    scale: float = option(1.0, "factor of the term", flat=False, gt=0)


class RewardConfig(ConfigModel):
    """The reward's terms by name; the reward is their weighted sum."""

    KEY: ClassVar[str] = "strategy.reward"

    btgym: BTgymReward = node(BTgymReward, "BTgym's reward")
    log_return: LogReturnReward = node(LogReturnReward, "logarithmic return of the equity")


class LimitsConfig(ConfigModel):
    """When the episode is over before the data end."""

    KEY: ClassVar[str] = "strategy.limits"

    drawdown_call: float | None = option(
        50.0, "percent below the running peak that ends the episode; null = off", gt=0, le=100
    )
    target_call: float | None = option(
        None, "percent above the starting cash that ends the episode; null = off", gt=0
    )


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
    reward: RewardConfig = node(RewardConfig, "what the agent gets")
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
        if "features" in self.state.modes and self.state.features.log_return is None:
            fail(
                "strategy.state.features: empty, but strategy.state.modes names features; "
                "add a feature or take features out of the modes"
            )
        if self.reward.btgym.weight == 0 and self.reward.log_return.weight == 0:
            fail(
                "strategy.reward: every weight is 0; set strategy.reward.btgym.weight or "
                "strategy.reward.log_return.weight"
            )
        return self
