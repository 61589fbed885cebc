"""The reward of a step: `tradegym.envs.strategies.rewards.Reward` compiled.

Every term of `Shared.terms` has a kind, four numbers and a place in `State.memory`:

====================  ==================  =====================================================
kind                  length              numbers
====================  ==================  =====================================================
btgym                 bars of a decision  a: gamma
btgym_original        avg_period          a: gamma, b: bars of a decision
differential_sharpe                       a: eta
sharpe                window              a: risk_free, b: min_deviation
sortino               window              a: risk_free, b: min_deviation, c: target
overtrading_penalty   window              a: cost, b: growth, c: max_cost, d: free
holding_cost                              a: cost
position_return       assets
====================  ==================  =====================================================
"""

from typing import Any

from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import (
    T_BTGYM,
    T_BTGYM_ORIGINAL,
    T_DIFFERENTIAL_SHARPE,
    T_DRAWDOWN_PENALTY,
    T_EQUITY_CHANGE,
    T_HOLDING_COST,
    T_LOG_RETURN,
    T_OVERTRADING_PENALTY,
    T_POSITION_RETURN,
    T_SHARPE,
    T_SORTINO,
)
from tradegym.envs.engines.compiled.kernel.rewards_btgym import (
    btgym_bar,
    collect_btgym,
    collect_original,
    original_bar,
)
from tradegym.envs.engines.compiled.kernel.rewards_conduct import (
    begin_overtrading,
    collect_drawdown,
    holding_bar,
    overtrading_bar,
)
from tradegym.envs.engines.compiled.kernel.rewards_equity import (
    begin_equity,
    collect_change,
    collect_log,
    collect_sum,
    position_bar,
)
from tradegym.envs.engines.compiled.kernel.rewards_ratios import (
    begin_value,
    collect_ratio,
    differential_bar,
    ratio_bar,
)


@compiled
def begin_rewards(shared: Any, state: Any, i: int, r: int) -> None:
    """Prepare every term at the first decision bar.

    Parameters
    ----------
    shared : Shared
    state : State
    i : int
    r : int
        Row of the bar table of the first decision.
    """
    rules = shared.rules[0]
    memory = state.memory
    for k in range(len(shared.terms)):
        term = shared.terms[k]
        for place in range(term.at, term.at + term.places):
            memory[i, place] = 0.0
        if term.kind in (T_EQUITY_CHANGE, T_LOG_RETURN):
            begin_equity(memory, i, term, rules.start_cash)
        elif term.kind == T_OVERTRADING_PENALTY:
            begin_overtrading(memory, i, term)
        elif term.kind in (T_DIFFERENTIAL_SHARPE, T_SHARPE, T_SORTINO):
            begin_value(memory, i, term, rules.start_cash)


@compiled
def reward_bar(shared: Any, state: Any, i: int, r: int) -> None:
    """Show one bar to every term that looks at more than the last bar of a step.

    Parameters
    ----------
    shared : Shared
    state : State
    i : int
    r : int
        Row of the bar table.
    """
    memory = state.memory
    env = state.envs[i]
    for k in range(len(shared.terms)):
        term = shared.terms[k]
        kind = term.kind
        if kind == T_BTGYM:
            btgym_bar(memory, i, term, env)
        elif kind == T_BTGYM_ORIGINAL:
            original_bar(memory, i, term, env)
        elif kind == T_DIFFERENTIAL_SHARPE:
            differential_bar(memory, i, term, env.value)
        elif kind in (T_SHARPE, T_SORTINO):
            ratio_bar(memory, i, term, env.value)
        elif kind == T_POSITION_RETURN:
            position_bar(memory, i, term, state.books, shared.ohlcv, r)
        elif kind == T_OVERTRADING_PENALTY:
            overtrading_bar(memory, i, term, env.bar_orders)
        elif kind == T_HOLDING_COST:
            holding_bar(memory, i, term, state.books, shared, env.value, r)


@compiled
def collect_reward(shared: Any, state: Any, i: int) -> float:
    """Return the reward since the last call and keep its parts in `State.terms`."""
    memory = state.memory
    env = state.envs[i]
    reward = 0.0
    for k in range(len(shared.terms)):
        term = shared.terms[k]
        kind = term.kind
        if kind == T_BTGYM:
            earned = collect_btgym(memory, i, term)
        elif kind == T_EQUITY_CHANGE:
            earned = collect_change(memory, i, term, env.value, shared.rules[0].start_cash)
        elif kind == T_LOG_RETURN:
            earned = collect_log(memory, i, term, env.value, shared.rules[0].start_cash)
        elif kind == T_BTGYM_ORIGINAL:
            earned = collect_original(memory, i, term, env.duration)
        elif kind in (T_SHARPE, T_SORTINO):
            earned = collect_ratio(memory, i, term)
        elif kind == T_DRAWDOWN_PENALTY:
            earned = collect_drawdown(memory, i, term, env.max_drawdown)
        else:
            earned = collect_sum(memory, i, term)
        scaled = term.scale * earned
        if scaled > term.bound:
            scaled = term.bound
        elif scaled < -term.bound:
            scaled = -term.bound
        scaled *= term.weight
        state.terms[i, k] = scaled
        reward += scaled
    return reward
