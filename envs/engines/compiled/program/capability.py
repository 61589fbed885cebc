"""What the compiled engine cannot do."""

from collections.abc import Callable
from typing import Final

from tradegym.envs.engines.backtrader.plan import EnginePlan
from tradegym.envs.engines.compiled.program import actions, rewards
from tradegym.envs.strategies.broker_stats import ALL_NAMES
from tradegym.envs.strategies.spaces import PACKAGED_MODES, observed_modes


def reason_against(
    plan: EnginePlan, *, record: bool = False, trace: bool = False, render_mode: str | None = None
) -> str | None:
    """Return in one line why the kernel cannot play a configuration; None: it can.

    Parameters
    ----------
    plan : EnginePlan
    record, trace : bool
        Whether records or traces of episodes are wanted.
    render_mode : str or None
        How pictures are wanted.
    """
    wanted = {
        "record: keeps a row per bar": record,
        "trace: notes every event": trace,
        f"render_mode={render_mode}: shows every bar": render_mode is not None,
    }
    for what, asked in wanted.items():
        if asked:
            return f"{what}, which only backtrader does"
    for check in _CHECKS:
        reason = check(plan)
        if reason is not None:
            return reason
    return None


def _cerebro(plan: EnginePlan) -> str | None:
    return "engine.cerebro: a Cerebro of your own is backtrader's" if plan.config is None else None


def _strategy(plan: EnginePlan) -> str | None:
    if plan.declared:
        return None
    return f"strategy.cls: {plan.strategy.__name__} is a backtrader strategy"


def _analyzers(plan: EnginePlan) -> str | None:
    names = () if plan.config is None else tuple(plan.config.analyzers)
    return f"engine.analyzers: {', '.join(names)} are backtrader's" if names else None


def _state(plan: EnginePlan) -> str | None:
    own = set(observed_modes(plan.params["state_shape"])) - set(PACKAGED_MODES)
    own |= set(plan.params["internal"]) - set(ALL_NAMES)
    return f"the state's {', '.join(sorted(own))} is code of your own" if own else None


def _actions(plan: EnginePlan) -> str | None:
    return actions.reason_against(plan.scheme())


def _rewards(plan: EnginePlan) -> str | None:
    return rewards.reason_against(plan.params["reward_terms"])


#: In the order in which they are asked.
_CHECKS: Final[tuple[Callable[[EnginePlan], str | None], ...]] = (
    _cerebro,
    _strategy,
    _analyzers,
    _state,
    _actions,
    _rewards,
)
