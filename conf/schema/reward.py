"""Keys of ``strategy.reward``: the terms of the reward, by name."""

from typing import ClassVar

from tradegym.conf.schema.base import ConfigModel, Whole, fail, node, option


class Term(ConfigModel):
    """What every term has."""

    weight: float = option(1.0, "weight of the term in the sum; 0 = off", flat=False)


class ScaledTerm(Term):
    """A term with a factor and a bound of its own."""

    scale: float = option(1.0, "factor of the term before it is clipped", flat=False, gt=0)
    clip: float | None = option(
        None, "bound of the scaled term's absolute value; null = none", flat=False, gt=0
    )


class BtgymReward(Term):
    """BTgym's reward: normalised profit plus shaping, paid once."""

    KEY: ClassVar[str] = "strategy.reward.btgym"

    scale: float = option(
        1.0, "factor of the term and bound of its absolute value", flat="reward_scale", gt=0
    )
    gamma: float = option(0.99, "discount of the shaping potential", gt=0, le=1)


class BtgymOriginalReward(Term):
    """BTgym's reward as it was, faults included."""

    KEY: ClassVar[str] = "strategy.reward.btgym_original"

    scale: float = option(
        1.0, "factor of the term and bound of its absolute value", flat=False, gt=0
    )
    gamma: float = option(0.99, "discount of the shaping potential", flat=False, gt=0, le=1)
    avg_period: Whole = option(4, "bars it remembers; more than skip_frame", flat=False, ge=2)


class EquityChange(ScaledTerm):
    """Change of equity as a fraction of the start cash."""

    KEY: ClassVar[str] = "strategy.reward.equity_change"


class LogReturn(ScaledTerm):
    """Logarithmic return of equity."""

    KEY: ClassVar[str] = "strategy.reward.log_return"


class DifferentialSharpe(ScaledTerm):
    """Change of the exponentially weighted Sharpe ratio."""

    KEY: ClassVar[str] = "strategy.reward.differential_sharpe"

    eta: float = option(
        0.01, "weight of the newest bar in the moving moments", flat=False, gt=0, lt=1
    )


class RiskAdjusted(ScaledTerm):
    """What the two ratios have in common."""

    window: Whole = option(30, "bars whose returns count", flat=False, ge=2)
    risk_free: float = option(0.0, "risk-free return per bar, fraction", flat=False)
    min_deviation: float = option(
        1e-4, "deviation of the returns that a lower one counts as", flat=False, gt=0
    )


class Sharpe(RiskAdjusted):
    """Sharpe ratio of the last bars."""

    KEY: ClassVar[str] = "strategy.reward.sharpe"


class Sortino(RiskAdjusted):
    """Sortino ratio of the last bars."""

    KEY: ClassVar[str] = "strategy.reward.sortino"

    target: float = option(0.0, "least return per bar that is no loss, fraction", flat=False)


class PositionReturn(ScaledTerm):
    """Return of the prices in the direction of the positions."""

    KEY: ClassVar[str] = "strategy.reward.position_return"


class DrawdownPenalty(ScaledTerm):
    """Minus the increase of the maximum drawdown."""

    KEY: ClassVar[str] = "strategy.reward.drawdown_penalty"


class OvertradingPenalty(ScaledTerm):
    """A charge per order that escalates."""

    KEY: ClassVar[str] = "strategy.reward.overtrading_penalty"

    window: Whole = option(20, "bars in which orders are counted", flat=False, ge=1)
    free: Whole = option(1, "orders per window that cost nothing", flat=False, ge=0)
    cost: float = option(0.001, "cost of the first order that is not free", flat=False, gt=0)
    growth: float = option(1.5, "factor from each order to the next", flat=False, ge=1)
    max_cost: float = option(1.0, "highest cost of one order", flat=False, gt=0)


class HoldingCost(ScaledTerm):
    """A charge per bar in proportion to the exposure."""

    KEY: ClassVar[str] = "strategy.reward.holding_cost"

    cost: float = option(0.0001, "cost per bar when all equity is invested", flat=False, ge=0)


class RewardConfig(ConfigModel):
    """The reward's terms by name; the reward is their weighted sum.

    A term that is null or absent is not used; an empty mapping switches it on as it is.
    """

    KEY: ClassVar[str] = "strategy.reward"

    btgym: BtgymReward | None = node(
        lambda: None, "BTgym's reward, normalised profit plus shaping; null = not used"
    )
    btgym_original: BtgymOriginalReward | None = node(
        lambda: None, "BTgym's reward as it was, with its faults; null = not used"
    )
    equity_change: EquityChange | None = node(
        lambda: None, "change of equity over start cash; null = not used"
    )
    log_return: LogReturn | None = node(
        lambda: None, "logarithmic return of equity; null = not used"
    )
    differential_sharpe: DifferentialSharpe | None = node(
        lambda: None, "change of the moving Sharpe ratio (Moody and Saffell); null = not used"
    )
    sharpe: Sharpe | None = node(lambda: None, "Sharpe ratio of the last bars; null = not used")
    sortino: Sortino | None = node(lambda: None, "Sortino ratio of the last bars; null = not used")
    position_return: PositionReturn | None = node(
        lambda: None, "return of the prices in the positions' direction; null = not used"
    )
    drawdown_penalty: DrawdownPenalty | None = node(
        lambda: None, "minus the increase of the maximum drawdown; null = not used"
    )
    overtrading_penalty: OvertradingPenalty | None = node(
        lambda: None, "charge per order that escalates; null = not used"
    )
    holding_cost: HoldingCost | None = node(
        lambda: None, "charge per bar for exposure; null = not used"
    )

    def check(self, skip_frame: int) -> None:
        """Check what belongs together, where the strategy uses the terms.

        Parameters
        ----------
        skip_frame : int
            Bars per decision.
        """
        terms: dict[str, Term | None] = {
            name: getattr(self, name) for name in type(self).model_fields
        }
        if not any(term is not None and term.weight for term in terms.values()):
            fail(
                "strategy.reward: no term counts; give one a weight, such as "
                "strategy.reward.btgym.weight=1 or strategy.reward.log_return.weight=1"
            )
        original = self.btgym_original
        if original is not None and original.weight:
            complaint = too_few_bars(original.avg_period, skip_frame)
            if complaint:
                fail(complaint)


def default_reward() -> RewardConfig:
    """Return the reward where nothing is said about it: BTgym's, repaired."""
    return RewardConfig(btgym=BtgymReward())


def too_few_bars(avg_period: int, skip_frame: int) -> str:
    """Return the line about a memory of BTgym's old reward that is too short, or nothing."""
    if avg_period > skip_frame:
        return ""
    return (
        f"strategy.reward.btgym_original.avg_period: {avg_period} is too few with "
        f"skip_frame={skip_frame}, BTgym paid nan then; allowed: an integer > {skip_frame}"
    )
