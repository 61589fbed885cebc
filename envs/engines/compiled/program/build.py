"""What a batch plays, from the configuration to the arrays of the kernel."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.schema.engine import AssetCosts, asset_options
from tradegym.envs.engines.backtrader.plan import EnginePlan
from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.engines.compiled.kernel.layout import Shared
from tradegym.envs.engines.compiled.program.actions import choice_table
from tradegym.envs.engines.compiled.program.rewards import term_names, term_table
from tradegym.envs.engines.compiled.program.table import BarTable, Shown, market_table
from tradegym.envs.market import Market
from tradegym.envs.strategies.broker_stats import NO_CALL_PERCENT, shown_columns
from tradegym.envs.strategies.spaces import flat_space, observation_space

_DAYS_OF_A_YEAR = 365.0

_SIZINGS = {
    "fixed": layout.FIXED,
    "equity_fraction": layout.EQUITY_FRACTION,
    "cash_fraction": layout.CASH_FRACTION,
}
_KINDS = {
    "percent": layout.PERCENT,
    "per_unit": layout.PER_UNIT,
    "fixed": layout.FIXED_FEE,
}


@dataclass(frozen=True, slots=True)
class Mode:
    """Where a part of the state is in the flat observation.

    Attributes
    ----------
    name : str
    at : int
        First column.
    shape : tuple of int
        Rows and columns.
    """

    name: str
    at: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Numbers of the mode."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """What all environments of a batch have in common.

    Attributes
    ----------
    shared : Shared
    memory : int
        Width of `State.memory`.
    modes : tuple of Mode
        In the order of the observation.
    observation_space, action_space : gymnasium.spaces.Space
        As `TradingEnv` has them.
    terms : tuple of str
        Names of the reward terms that count, in the order of `Shared.terms`.
    """

    shared: Shared
    memory: int
    modes: tuple[Mode, ...]
    observation_space: spaces.Space[Any]
    action_space: spaces.Space[Any]
    terms: tuple[str, ...]

    @property
    def rules(self) -> Any:
        """The one record of RULES."""
        return self.shared.rules[0]


def make_program(
    market: Market,
    warmup: int,
    *,
    limited: bool = True,
    table: BarTable | None = None,
    longest: int | None = None,
) -> Program:
    """Build the program of a market that `capability.reason_against` has nothing against.

    Parameters
    ----------
    market : Market
    warmup : int
        Bars before the first decision.
    limited : bool
        Whether the strategy's limits may end an episode.
    table : BarTable, optional
        Bars in place of the market's.
    longest : int, optional
        Most bars of an episode; by default all of the market's.
    """
    plan = market.engine
    params, engine = plan.params, plan.config
    if engine is None:
        raise ValueError("a Cerebro of the user's has no program")
    traded = market.assets
    costs = [asset_options(engine, name) for name in traded]
    scheme = plan.scheme()
    state_space = observation_space(params, len(traded))
    flat = flat_space(state_space) if params["flat_state"] else None
    modes = _place_modes(state_space)
    shown = shown_by(plan)
    bars = market_table(market, shown) if table is None else table
    columns = np.array(shown_columns(params["internal"], len(traded)), np.int64)
    action_rules, choices = choice_table(scheme)
    start = float(engine.start_cash)
    lower, upper = _call(params["drawdown_call"]), _call(params["target_call"])
    terms, width = term_table(
        params["reward_terms"], skip_frame=params["skip_frame"],
        n_assets=len(traded),
    )  # fmt: skip
    most_bars = len(market.dataset) if longest is None else longest
    # What waits for longer than an episode never becomes an order.
    latency = min(engine.latency, most_bars)
    delayed = (latency + 1) * (action_rules["action_width"] + 1) if latency else 0
    # One opening of each asset per bar is all there can be within the window.
    max_orders = params["max_orders"]
    if max_orders is None or max_orders >= len(traded) * min(
        params["max_orders_window"], most_bars
    ):
        max_orders = -1
    openings = max(max_orders, 0)
    places = {mode.name: mode.at for mode in modes}
    rules = action_rules | {
        "n_assets": len(traded),
        "skip_frame": params["skip_frame"],
        "latency": latency,
        "warmup": warmup,
        "start_cash": start,
        "maintenance_margin": engine.maintenance_margin,
        "margin_always": max(one.leverage for one in costs) > 1.0,
        "drawdown_call": _limit(params["drawdown_call"], limited),
        "max_loss": _limit(params["max_loss"], limited),
        "target_call": _limit(params["target_call"], limited),
        "max_orders": max_orders,
        "max_orders_window": params["max_orders_window"],
        "sizing": _SIZINGS[engine.sizing],
        "has_interest": shown.days,
        "has_volume_limit": any(one.volume_limit is not None for one in costs),
        "stat_lower": lower,
        "stat_upper": upper,
        "stat_scale": 100.0 / (start * (lower + upper)),
        "time_dim": params["time_dim"],
        "avg_period": params["avg_period"],
        "n_features": state_space["features"].shape[1] if shown.features else 0,  # type: ignore[index]
        "raw_at": places.get("raw", -1),
        "features_at": places.get("features", -1),
        "internal_at": places.get("internal", -1),
        "obs_size": sum(mode.size for mode in modes),
        "delayed_at": width,
        "openings_at": width + delayed,
    }
    shared = Shared(
        rules=_frozen(_filled(layout.RULES, [rules])),
        assets=_frozen(_filled(layout.ASSET, [_asset(one) for one in costs])),
        choices=_frozen(choices),
        terms=_frozen(terms),
        columns=_frozen(columns),
        ohlcv=_frozen(bars.ohlcv),
        raw=_frozen(bars.raw),
        features=_frozen(bars.features),
        days=_frozen(bars.days),
    )
    return Program(
        shared=shared,
        memory=width + delayed + openings,
        modes=modes,
        observation_space=state_space if flat is None else flat,
        action_space=scheme.space,
        terms=term_names(params["reward_terms"]),
    )


def shown_by(plan: EnginePlan) -> Shown:
    """Return what the bar table of a plan must have."""
    modes = observation_space(plan.params, len(plan.traded.names)).spaces
    engine = plan.config
    charged = engine is not None and any(
        asset_options(engine, name).borrow_interest > 0.0 for name in plan.traded.names
    )
    return Shown(raw="raw" in modes, features="features" in modes, days=charged)


def _place_modes(state: spaces.Dict) -> tuple[Mode, ...]:
    modes, at = [], 0
    for name, space in state.spaces.items():
        mode = Mode(name, at, tuple(space.shape or ()))
        modes.append(mode)
        at += mode.size
    return tuple(modes)


def _asset(costs: AssetCosts) -> dict[str, Any]:
    return {
        "commission_kind": _KINDS[costs.commission_kind],
        "commission": costs.broker_commission,
        "minimum": costs.commission_minimum,
        "leverage": costs.leverage,
        "credit_rate": costs.borrow_interest / _DAYS_OF_A_YEAR,
        "interest_long": costs.interest_long,
        "slip_perc": costs.slip_perc,
        "slip_fixed": costs.price_cost,
        "volume_limit": math.inf if costs.volume_limit is None else costs.volume_limit,
        "lot": costs.lot,
        "short": costs.short,
        "fixed_stake": costs.fixed_stake,
        "equity_fraction": costs.equity_fraction,
        "cash_fraction": costs.cash_fraction,
    }


def _filled(dtype: Any, rows: list[dict[str, Any]]) -> NDArray[Any]:
    """Return records with these values; every field must be given."""
    table = np.zeros(len(rows), dtype)
    for row, values in zip(table, rows, strict=True):
        for name in dtype.names:
            row[name] = values[name]
    return table


def _limit(percent: float | None, limited: bool) -> float:
    return math.inf if percent is None or not limited else float(percent)


def _call(percent: float | None) -> float:
    return NO_CALL_PERCENT if percent is None else float(percent)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return the same numbers, not to be changed through what is returned."""
    if not array.flags.writeable:
        return array
    view = array.view()
    view.setflags(write=False)
    return view
