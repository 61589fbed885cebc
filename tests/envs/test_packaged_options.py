"""Every packaged option of every group makes environments that work."""

import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check_env
from plain_backtrader import random_walk
from stable_baselines3.common.env_checker import check_env as sb3_check_env
from stable_baselines3.common.vec_env import DummyVecEnv

from tradegym.conf.groups import GROUPS
from tradegym.conf.paths import PACKAGED_DIR
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.experiments.agents.rules import build_rule
from tradegym.experiments.agents.sb3 import build_model
from tradegym.experiments.tracking.registry import open_tracker

CHOICES = sorted(
    str(path.relative_to(PACKAGED_DIR).with_suffix("")).replace("/", "=", 1)
    for group in GROUPS
    for path in (PACKAGED_DIR / group).rglob("*.yaml")
)
BARS = 400
# Algorithms that need actions of another kind than the default strategy's.
STRATEGY = {
    "agent=sac": "strategy=portfolio",
    "agent=td3": "strategy=portfolio",
    "agent=tqc": "strategy=portfolio",
}


def by_group(*groups):
    return [choice for choice in CHOICES if choice.partition("=")[0] in groups]


def csv(path, layout, unit="D"):
    _, ohlcv = random_walk(BARS, 1)
    days = [str(np.datetime64("2001-01-01") + np.timedelta64(i, unit)) for i in range(BARS)]
    rows = [layout(day, *bar) for day, bar in zip(days, ohlcv.tolist(), strict=True)]
    path.write_text("\n".join(rows) + "\n")
    return str(path)


def plain(path):
    file = csv(path, lambda day, *bar: ",".join([day, *map(repr, bar)]))
    lines = f"date,open,high,low,close,volume\n{path.read_text()}"
    path.write_text(lines)
    return file


def parquet(path):
    import pandas as pd

    times, ohlcv = random_walk(BARS, 1)
    names = ["open", "high", "low", "close", "volume"]
    pd.DataFrame(ohlcv, columns=names).assign(datetime=times).to_parquet(path)
    return str(path)


def histdata(path):
    def row(minute, *bar):
        stamp = minute.replace("-", "").replace(":", "").replace("T", " ")
        return ";".join([f"{stamp}00", *map(repr, bar)])

    return csv(path, row, "m")


def yahoo(path):
    def row(day, o, h, low, c, v):
        return ",".join([day, *map(repr, (o, h, low, c, c, v))])

    csv(path, row)
    path.write_text(f"Date,Open,High,Low,Close,Adj Close,Volume\n{path.read_text()}")
    return str(path)


def crypto(path):
    _, ohlcv = random_walk(BARS, 1)
    lines = ['"time","close","high","low","open","volumefrom","volumeto"']
    for hour, (o, h, low, c, v) in enumerate(ohlcv.tolist()):
        stamp = 1_500_000_000_000 + hour * 3_600_000
        lines.append(",".join(map(repr, (stamp, c, h, low, o, v, v))))
    path.write_text("\n".join(lines) + "\n")
    return str(path)


WRITERS = {
    "dataset=csv": plain,
    "dataset=parquet": parquet,
    "dataset=histdata": histdata,
    "dataset=yahoo": yahoo,
    "dataset=crypto_hourly": crypto,
}


def needed(choice, folder):
    """What only the user can say."""
    if choice in WRITERS:
        suffix = "parquet" if choice == "dataset=parquet" else "csv"
        return [f"dataset.filename={WRITERS[choice](folder / f'bars.{suffix}')}"]
    if choice == "dataset=multi":
        names = [plain(folder / f"{name}.csv") for name in "ab"]
        return [f"dataset.assets.{n}.filename={f}" for n, f in zip("ab", names, strict=True)]
    if choice == "split=dates":
        return ["split.validation_start=2010-01-01", "split.test_start=2014-01-01"]
    return []


def check_and_play(env):
    with warnings.catch_warnings():
        for message in (
            ".*infinity.*",
            ".*unconventional shape.*",
            ".*alternative render.*",
            ".*unwrapped version.*",
            ".*normalized.*",
        ):
            warnings.filterwarnings("ignore", message=message)
        gymnasium_check_env(env, skip_render_check=True)
        sb3_check_env(env)
    env.reset(seed=3)
    env.action_space.seed(3)
    over = False
    while not over:
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert np.isfinite(reward)
        assert sum(info["reward_terms"].values()) == pytest.approx(reward, abs=1e-12)
        over = terminated or truncated
    assert info["reason"]
    assert not np.any(info["position"])
    assert info["value"] == pytest.approx(info["cash"], rel=1e-9)


@pytest.mark.parametrize("choice", by_group("dataset", "split", "strategy", "engine", "experiment"))
def test_an_environment_of_it_passes_both_checkers_and_plays(choice, tmp_path):
    builder = EnvBuilder(resolve([choice, "episode.duration=40", *needed(choice, tmp_path)]))
    check_and_play(builder.env("train"))


@pytest.mark.parametrize("strategy", by_group("strategy"))
@pytest.mark.parametrize("dataset", ["sp500", "indices"])
def test_strategies_play_one_and_several_assets_flat_and_jointly(strategy, dataset):
    overrides = [strategy, f"dataset={dataset}", "episode.duration=30"]
    overrides += ["strategy.actions.assets=all", "strategy.state.flat=true"]
    check_and_play(EnvBuilder(resolve(overrides)).env("validation", whole=False))


@pytest.mark.parametrize("choice", by_group("agent"))
def test_an_agent_of_it_acts(choice):
    extra = [STRATEGY[choice]] if choice in STRATEGY else []
    resolved = resolve([choice, "episode.duration=20", *extra])
    config, builder = resolved.config, EnvBuilder(resolved)
    env = builder.env("train")
    observation, _ = env.reset(seed=0)
    if config.agent.rule is not None:
        rule = build_rule(config.agent)
        rule.reset(env)
        env.step(rule.act(observation, env))
        return
    model = build_model(config.agent, DummyVecEnv([lambda: env]), seed=0, device="cpu")
    action, _ = model.predict(observation)
    assert env.action_space.contains(action)


@pytest.mark.parametrize("choice", by_group("tracking"))
def test_a_tracker_of_it_opens(choice, tmp_path):
    open_tracker(resolve([choice]).config.tracking, tmp_path)


def test_every_group_is_tested():
    tested = {"dataset", "split", "strategy", "engine", "experiment", "agent", "tracking"}
    assert tested == set(GROUPS)
