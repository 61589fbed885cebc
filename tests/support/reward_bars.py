"""Hand-made bars for reward terms."""

import numpy as np

from tradegym.envs.strategies.rewards import REWARD_TERMS, BarView, Reward, RewardSetup
from tradegym.envs.strategies.rewards.options import complete_terms

START = 1000.0


def term(name, *, start=START, skip=1, closes=(), **options):
    """The term alone, without weight, scale and clip."""
    complete = complete_terms({name: options})[name]
    return REWARD_TERMS[name](complete, RewardSetup(start, skip, closes))


def reward(terms, *, start=START, skip=1, closes=()):
    return Reward(terms, RewardSetup(start, skip, closes))


def pay(term, **bar):
    """Show one bar and collect."""
    term.on_bar(BarView(**bar))
    return term.collect()


def equity_pays(term, values):
    """What a term pays for equity at each close, one bar per decision."""
    return [pay(term, value=value) for value in values]


def profit_bar(unrealized, realized=0.0, duration=0, closed=False):
    """A bar with BTgym's statistics; flat unless it has a duration."""
    return BarView(
        unrealized_pnl=unrealized, realized_pnl=realized, pos_duration=duration, closed=closed
    )


def random_bars(number, seed=0, assets=2):
    """Bars of an account that trades at random, consistent enough for every term."""
    rng = np.random.default_rng(seed)
    closes = [100.0] * assets
    value = peak = START
    duration, bars = 0, []
    for _ in range(number):
        opens = [close * float(np.exp(rng.normal(0, 0.01))) for close in closes]
        closes = [price * float(np.exp(rng.normal(0, 0.02))) for price in opens]
        value *= float(np.exp(rng.normal(0, 0.01)))
        peak = max(peak, value)
        positions = [float(rng.integers(-3, 4)) for _ in range(assets)]
        closed = bool(rng.random() < 0.2)
        if closed and rng.random() < 0.5:
            positions = [0.0] * assets
        duration = duration + 1 if any(positions) else 0
        bars.append(
            BarView(
                value=value,
                cash=value / 2,
                drawdown=(peak - value) / peak * 100.0,
                positions=positions,
                opens=opens,
                closes=closes,
                orders=int(rng.integers(0, 3)),
                fills=0,
                closed=closed,
                pos_duration=duration,
                realized_pnl=float(rng.normal(0, 0.01)) if closed else 0.0,
                unrealized_pnl=float(rng.normal(0, 0.01)) if duration else 0.0,
            )
        )
    return bars


def total(term_or_reward, bars, skip):
    """The sum over an episode, with a last step that may be shorter."""
    earned = 0.0
    for number, bar in enumerate(bars, start=1):
        term_or_reward.on_bar(bar)
        if number % skip == 0 or number == len(bars):
            earned += term_or_reward.collect()
    return earned
