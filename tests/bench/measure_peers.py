"""One environment through gymnasium.make, beside two other packages on the same bars."""

import warnings

import numpy as np
from frame import Aim, CannotMeasureError, Row, Table, measurement
from market import DECISIONS, TRADING, WINDOW, arguments, dataset
from timing import repeated, take_turns

BARS = 20_000
_CHUNK = 100  # steps that are timed together

#: Long or out of the market, as a fraction of the equity.
ACTIONS = {
    "strategy__actions__scheme": "target",
    "strategy__actions__levels": [0, 1],
    "strategy__actions__threshold": 0.25,
    "strategy__actions__reserve": 0.05,
    "strategy__state__flat": True,
}


@measurement("peers", "one environment beside gym-anytrading and gym-trading-env")
def peers(options):
    import gymnasium

    import tradegym  # noqa: F401  registers its environments
    from tradegym.envs.trading import TradingEnv

    data = dataset(BARS)
    envs = {
        f"tradegym, {engine}": gymnasium.make(
            "tradegym/Trading-v0",
            **arguments(data, engine__backend=engine, **_info(engine), **ACTIONS),
        )
        for engine in ("compiled", "backtrader")
    }
    if isinstance(envs["tradegym, compiled"].unwrapped, TradingEnv):
        raise RuntimeError("engine.backend=compiled made an environment on backtrader")
    others, missing = _others(data)
    if not others:
        raise CannotMeasureError("; ".join(missing))
    envs |= others
    seconds, rounds = options.pick((0.25, 15), (0.005, 1))
    rows = []
    for name, share in TRADING.items():
        flips = np.random.default_rng(0).random(1 << 14) < share
        actions = (np.cumsum(flips) % 2).tolist()
        sides = {
            label: repeated(_playing(env, actions), _CHUNK, seconds) for label, env in envs.items()
        }
        found = take_turns(sides, rounds)
        ratios, ours = {}, "tradegym, compiled"
        for label in others:
            ratios[f"of {label}"] = found.ratio(ours, label)
        aim = Aim("of gym-anytrading", 1.0) if "gym-anytrading" in others else None
        rows.append(Row(name, {label: found.rate(label) for label in envs}, ratios, aim))
    note = (
        f"steps a second with resets, {BARS:,} bars, window {WINDOW}; the position changes on 0, "
        "10 or 100 % of the steps; ratios are of tradegym's compiled engine"
    )
    if missing:
        note += f"; {'; '.join(missing)}"
    for env in envs.values():
        env.close()
    return [Table("One environment through gymnasium.make", note, rows)]


def _info(engine):
    return {"engine__info": "ends"} if engine == "compiled" else {}


def _playing(env, actions):
    """Step on with every call, through the ends of episodes."""
    env.reset(seed=0)
    position = 0

    def play(_):
        nonlocal position
        step = env.step
        for at in range(position, position + _CHUNK):
            _, _, terminated, truncated, _ = step(actions[at % len(actions)])
            if terminated or truncated:
                env.reset()
        position += _CHUNK

    return play


def _others(data):
    """Return the other packages' environments on the same bars, and what is missing."""
    import gymnasium
    import pandas as pd

    columns = ["Open", "High", "Low", "Close", "Volume"]
    frame = pd.DataFrame(data.ohlcv[:, 0], columns=columns, index=pd.DatetimeIndex(data.times))
    found, missing = {}, []
    try:
        import gym_anytrading  # noqa: F401

        found["gym-anytrading"] = gymnasium.make(
            "stocks-v0", df=frame, window_size=WINDOW, frame_bound=(WINDOW, WINDOW + DECISIONS)
        )
    except ImportError:
        missing.append("gym-anytrading is not installed")
    try:
        import gym_trading_env  # noqa: F401

        lower = frame.rename(columns=str.lower)
        for name in ("open", "high", "low", "close"):
            lower[f"feature_{name}"] = lower[name]
        found["gym-trading-env"] = gymnasium.make(
            "TradingEnv",
            name="bench",
            df=lower,
            positions=[0, 1],
            windows=WINDOW,
            trading_fees=0.001,
            max_episode_duration=DECISIONS,
            verbose=0,
        )
    except ImportError:
        missing.append("gym-trading-env is not installed")
    # One of them turns every warning into an error as it is imported.
    warnings.simplefilter("ignore")
    return found, missing
