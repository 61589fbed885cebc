"""Keys of the group ``agent``: an SB3 algorithm with its hyper-parameters, or a rule."""

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from tradegym.conf.schema.base import Whole, fail, option
from tradegym.conf.schema.hyperparameters import WITHOUT_RULE, HyperParameters

SMA_CROSS = ("rule", "sma_cross")
VOLATILITY = ("rule", "volatility_target")


class AgentConfig(HyperParameters):
    """Who decides: an SB3 algorithm with its hyper-parameters, or a rule."""

    KEY: ClassVar[str] = "agent"

    algorithm: str | None = option(
        None, "class name of the SB3 algorithm, such as PPO", flat=False, when=WITHOUT_RULE
    )
    policy: str = option(
        "auto", "SB3 policy; auto fits the observation", flat=False, when=WITHOUT_RULE
    )
    policy_kwargs: dict[str, Any] = option(
        {},
        "further arguments of the policy, such as net_arch",
        flat=False,
        when=WITHOUT_RULE,
        kind="a mapping",
    )
    n_envs: Whole = option(
        8,
        "environments that it learns from together, where train.n_envs is null",
        flat=False,
        when=WITHOUT_RULE,
        ge=1,
    )
    rule: (
        Literal[
            "buy_and_hold", "flat", "random", "sma_cross", "volatility_target", "perfect_foresight"
        ]
        | None
    ) = option(
        None,
        "fixed rule that decides instead of an algorithm",
        flat=False,
        when=("algorithm", None),
    )
    fast: Whole = option(20, "bars of the fast average", flat=False, when=SMA_CROSS, ge=1)
    slow: Whole = option(100, "bars of the slow average", flat=False, when=SMA_CROSS, ge=2)
    window: Whole = option(
        20, "returns that the volatility is measured on", flat=False, when=VOLATILITY, ge=2
    )
    target_volatility: float = option(
        0.1, "volatility a year that is aimed at, fraction", flat=False, when=VOLATILITY, gt=0
    )
    threshold: float = option(
        0.1,
        "fraction of the equity that a weight may miss its target by",
        flat=False,
        when=VOLATILITY,
        ge=0,
        lt=1,
    )

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The hyper-parameters that are set, by their SB3 name (schedules still as text)."""
        names = HyperParameters.model_fields
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.algorithm is None and self.rule is None:
            fail("agent.algorithm: missing; set an SB3 class name such as PPO, or agent.rule")
        if self.rule == "sma_cross" and self.fast >= self.slow:
            fail(f"agent.fast: {self.fast} is not below agent.slow={self.slow}")
        return self
