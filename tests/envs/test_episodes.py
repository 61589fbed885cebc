"""Episodes of the environment: where they start, how long they are, what reset may ask for."""

import datetime as dt
import itertools
import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check_env
from markets import HOLD, env_on, market
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import tradegym
from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.sampling import SamplingOptions
from tradegym.envs.trading import TradingEnv


def rising(bars=300):
    return market(np.linspace(100, 130, bars))


def steps(env, **kwargs):
    """Play one episode without trading; the rows of its first decision and its last bar."""
    _, info = env.reset(**kwargs)
    first, over = info["bar"], False
    while not over:
        _, _, terminated, truncated, info = env.step(HOLD)
        over = terminated or truncated
    return first, info["bar"], info["step"]


@pytest.mark.parametrize(
    ("duration", "decisions"),
    [
        (20, 20),
        ({"days": 20, "hours": 0, "minutes": 0}, 6),
        ({"days": 20, "hours": 23, "minutes": 55}, 6),
        ({"days": 21}, 7),
        ({"minutes": 5}, 1),
        (dt.timedelta(weeks=3), 7),
        ("3w", 7),
        ("20d23h55min", 6),
    ],
)
def test_a_duration_is_decisions_or_time(duration, decisions):
    """Bars of a day, and three of them per decision."""
    env = env_on(rising(), episode_duration=duration, skip_frame=3)
    first, last, number = steps(env, seed=0)
    assert number == decisions
    assert last - first == decisions * 3 + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"episode_duration": {"dayz": 1}}, "episode_duration: 'dayz' is not a unit of time; did"),
        ({"episode_duration": {"days": "one"}}, "episode_duration: days='one' is not a length of"),
        ({"episode_duration": {"days": -1}}, "episode_duration: days=-1 is not"),
        ({"time_gap": {"days": 0, "hours": 0}}, "time_gap: {'days': 0, 'hours': 0} is not"),
        ({"episode_duration": 0}, "episode.duration: 0 is out of range; allowed: an integer >= 1"),
        ({"episode_duration": "1 day"}, "episode.duration: '1 day' is not a number of"),
        ({"time_gap": 6}, "episode.time_gap: 6 is not a duration; allowed: a duration such as 6h"),
        ({"start_weekdays": [7]}, "episode.start_weekdays: 7 is not one of the choices"),
        ({"start_weekdays": []}, "episode.start_weekdays: []"),
        ({"b_alpha": 0}, "episode.b_alpha: 0 is out of range; allowed: > 0"),
        ({"episode_order": "randm"}, "did you mean 'random'?"),
    ],
)  # fmt: skip
def test_wrong_options(arguments, message):
    with pytest.raises(UserError) as caught:
        env_on(rising(60), **arguments)
    assert message in str(caught.value)


def test_btgyms_arguments():
    env = env_on(
        rising(),
        episode_duration={"days": 4},
        time_gap={"days": 1, "hours": 6},
        start_weekdays={0, 4},
        start_00=True,
        b_alpha=10,
        b_beta=0.8,
    )
    infos = [env.reset(seed=seed)[1] for seed in range(100)]
    assert {info["time"].astype("datetime64[D]").item().weekday() for info in infos} == {0, 4}
    assert np.mean([info["bar"] for info in infos]) > 200


def test_options_without_a_start_are_an_error_before_the_first_reset():
    message = (
        "split.train: no episode can start; of the 288 bars from which one fits, "
        "episode.time_gap=12h excludes 288; loosen one of them, or shorten episode.duration"
    )
    with pytest.raises(UserError) as caught:
        env_on(rising(), episode_duration=8, time_gap="12h")
    assert str(caught.value) == message


def test_an_episode_starts_where_reset_says():
    env = env_on(rising(), episode_duration=8)
    assert steps(env, seed=0, options={"start": 150}) == (150, 159, 8)
    assert steps(env, options={"start": "2001-02-01"})[0] == 31
    first = steps(env)
    assert steps(env, options={"episode_config": {"get_new": False}}) == first
    assert env.reset(options={"start": first[0]})[1]["bar"] == first[0]


def test_wrong_options_of_reset_change_nothing():
    env = env_on(rising(), episode_duration=8)
    chains = []
    for options in (None, {"strat": 5}):
        env.reset(seed=3)
        env.step(HOLD)
        if options:
            with pytest.raises(UserError, match="strat is not known; did you mean 'start'"):
                env.reset(options=options)
            env.step(HOLD)
        chains.append([env.reset()[1]["bar"] for _ in range(5)])
    assert chains[0] == chains[1]


def test_a_start_of_ones_own_leaves_the_later_episodes_as_they_are():
    env = env_on(rising(), episode_duration=8)
    chains = []
    for options in (None, {"start": 40}, {"get_new": False}):
        env.reset(seed=3)
        env.reset(options=options)
        chains.append([env.reset()[1]["bar"] for _ in range(5)])
    assert chains[0] == chains[1] == chains[2]


def test_a_repeated_episode_has_the_key_of_the_first():
    env = env_on(rising(), episode_duration=8)
    env.reset(seed=3)
    key = env.episode_key
    env.reset(options={"get_new": False})
    assert env.episode_key == key
    env.reset()
    assert env.episode_key != key


def test_sequential_episodes_share_one_bar():
    env = env_on(rising(100), episode_duration=8, episode_order="sequential")
    found = [steps(env, seed=5 if number == 0 else None)[:2] for number in range(12)]
    for one, following in itertools.pairwise(found[:10]):
        assert following[0] == one[1]
    assert found[0] == found[10]  # nine bars each; an eleventh would end at bar 100 of 98
    assert steps(env, seed=6)[:2] == found[0]


def test_sequential_episodes_do_not_depend_on_how_they_end():
    prices = np.linspace(100, 130, 100)
    prices[20:] /= 2
    env = env_on(market(prices), episode_duration=8, episode_order="sequential", drawdown_call=1.0)
    found = []
    for _ in range(6):
        _, info = env.reset()
        found.append(info["bar"])
        env.step(1)  # buy, and be cut short where the price falls
    assert np.diff(found).tolist() == [9] * 5


def test_whole_parts_take_no_notice_of_the_rules():
    env = env_on(
        rising(), episode_order="whole", start_weekdays=[5], whole=None, episode_duration=8
    )
    first, last, _ = steps(env, seed=0)
    assert (first, last) == (1, 297)
    assert env_on(
        rising(),
        episode_duration="1w",
        part="test",
        whole=None,
        **{
            "split.train": 0.5,
            "split.validation": 0.25,
        },
    ).part == range(225, 300)


def test_an_environment_on_several_ranges():
    market_ = env_on(rising()).market
    ranges = (range(20), range(40, 80), range(200, 230))
    env = TradingEnv(market_, ranges, "train", sampling=SamplingOptions(order="whole"))
    assert env.part == range(20)
    ends = [steps(env, seed=0 if number == 0 else None)[:2] for number in range(4)]
    assert ends == [(1, 19), (41, 79), (201, 229), (1, 19)]
    env = TradingEnv(market_, ranges, "train", sampling=SamplingOptions(decisions=12))
    for _ in range(30):
        first, last, _ = steps(env)
        assert env.part in ranges
        assert {first - 1, last} <= set(env.part)
        assert len(env.closes()) == last + 1 - env.part.start


def test_a_part_without_bars_is_an_error():
    with pytest.raises(UserError, match=r"split.validation: has no bars"):
        TradingEnv(env_on(rising()).market, range(0), "validation", sampling=SamplingOptions())


RULES = {
    "sequential": ["episode.order=sequential", "episode.duration=30"],
    "rules": ["episode.start_weekdays=[0,1]", "episode.time_gap=4d", "episode.duration=9d"],
    "beta": ["episode.b_alpha=10", "episode.b_beta=0.8", "episode.start_00=true"],
}


@pytest.mark.parametrize("name", RULES)
def test_both_checkers_pass(name):
    env = EnvBuilder(resolve(RULES[name])).env("train")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gymnasium_check_env(env, skip_render_check=True)
        sb3_check_env(env)


def test_the_options_on_real_prices():
    env = tradegym.make(episode_duration=3, start_weekdays=[0], time_gap="1d", part="train")
    for seed in range(20):
        info = env.reset(seed=seed)[1]
        rows = slice(info["bar"], info["bar"] + 5)
        times = env.market.dataset.times[rows].astype("datetime64[D]")
        assert [day.weekday() for day in times.tolist()] == [0, 1, 2, 3, 4]
