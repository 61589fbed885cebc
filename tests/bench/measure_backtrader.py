"""The backtrader engine beside a bare backtrader loop, alone and in groups; times of resets."""

import gc
import time

import numpy as np
from frame import Aim, Row, Summary, Table, measurement
from market import DECISIONS, TRADING, WINDOW, arguments, builder, choices, dataset
from timing import repeated, take_turns

SPEED, RESET_MS = 0.75, 3.0

#: One unit an order, so that the bare loop need not know what an account is worth.
FIXED = {"engine__sizing": "fixed", "engine__fixed_stake": 1.0, "engine__backend": "backtrader"}


@measurement("backtrader", "steps a second of the backtrader engine, beside bare backtrader")
def backtrader(options):
    return [_single(options), _groups(options)]


@measurement("reset", "time that an episode takes to begin, by the size of the dataset")
def reset(options):
    rows = []
    for bars in options.pick((20_000, 500_000), (20_000,)):
        data = dataset(bars)
        found = {
            "backtrader": _reset_times(data, options, "backtrader"),
            "compiled": _reset_times(data, options, "compiled"),
        }
        aim = Aim("backtrader", RESET_MS, at_most=True)
        rows.append(Row(f"{bars:,} bars", found, aim=aim))
    return [Table("Reset", f"milliseconds for an episode of {DECISIONS} bars", rows)]


def _single(options):
    from bare_backtrader import BareLoop

    import tradegym

    rows, rounds = [], options.pick(9, 1)
    decisions = options.pick(DECISIONS, 200)
    for bars in options.pick((20_000, 500_000), (20_000,)):
        data = dataset(bars)
        settings = FIXED | {"episode__duration": decisions}
        env = tradegym.make(**arguments(data, **settings))
        bare = BareLoop(data, WINDOW, decisions)
        env.reset(seed=0)
        for name, share in TRADING.items():
            actions = choices(share, decisions).tolist()
            rates = {"engine": [], "bare": []}
            for number in range(rounds + 1):
                order = ("engine", "bare") if number % 2 else ("bare", "engine")
                for side in order:
                    gc.collect()
                    if side == "bare":
                        _, seconds, steps = bare.play(1000 + number, actions)
                    else:
                        seconds, steps = _play(env, actions)
                    rates[side].append(steps / seconds)
            pairs = list(zip(rates["engine"], rates["bare"], strict=True))[1:]
            rows.append(
                Row(
                    f"{bars:,} bars, {name}",
                    {
                        "steps/s": Summary.of([one for one, _ in pairs]),
                        "bare": Summary.of([one for _, one in pairs]),
                    },
                    {"of bare": Summary.of([one / other for one, other in pairs])},
                    Aim("of bare", SPEED),
                )
            )
        env.close()
    note = "steps a second of one environment and of a lock-step loop with the same orders"
    return Table("backtrader engine, one environment", note, rows)


def _play(env, actions):
    env.reset()
    started, number = time.perf_counter(), 0
    for action in actions:
        _, _, terminated, truncated, _ = env.step(action)
        number += 1
        if terminated or truncated:
            break
    return time.perf_counter() - started, number


def _groups(options):
    """Several environments in one process, one after another, as SB3's DummyVecEnv has them."""
    from stable_baselines3.common.vec_env import DummyVecEnv

    seconds, rounds = options.pick((1.0, 5), (0.02, 1))
    rows = []
    for assets in (1, 5):
        build = builder(dataset(20_000, assets), engine__backend="backtrader")
        for number in options.pick((1, 8, 64), (2,)):
            envs = DummyVecEnv([lambda build=build: build.env("train") for _ in range(number)])
            envs.seed(0)
            envs.reset()
            shape = (64, number) if assets == 1 else (64, number, assets)
            sides = {
                name: repeated(_stepper(envs, choices(share, shape)), number, seconds)
                for name, share in TRADING.items()
            }
            found = take_turns(sides, rounds)
            what = "1 asset" if assets == 1 else f"{assets} assets"
            rows.append(Row(f"N = {number}, {what}", {name: found.rate(name) for name in sides}))
            envs.close()
    note = "steps a second of all environments together in one process, 20,000 bars"
    return Table("backtrader engine, several environments", note, rows)


def _stepper(envs, actions):
    return lambda k: envs.step(actions[k % len(actions)])


def _reset_times(data, options, engine):
    """Milliseconds of a reset, each after some steps, so that there is an episode to drop."""
    if engine == "compiled":
        return _compiled_reset_times(data, options)
    import tradegym

    env = tradegym.make(**arguments(data, engine__backend=engine))
    times = []
    for number in range(options.pick(41, 3)):
        started = time.perf_counter()
        env.reset(seed=0 if number == 0 else None)
        times.append((time.perf_counter() - started) * 1e3)
        for _ in range(5):
            env.step(1)
    env.close()
    return Summary.of(times[1:])


def _compiled_reset_times(data, options):
    from tradegym.envs.engines.compiled.batch import Batch

    batch = Batch(builder(data, engine__backend="compiled").batch_source("train"), 1)
    batch.reset([0])
    times = []
    for _ in range(options.pick(41, 3)):
        started = time.perf_counter()
        batch.reset_one(0, None, None)
        times.append((time.perf_counter() - started) * 1e3)
        for _ in range(5):
            batch.step(np.array([1]))
    batch.close()
    return Summary.of(times[1:])
