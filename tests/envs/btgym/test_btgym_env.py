"""BTgym's calls one by one."""

import warnings

import backtrader as bt
import numpy as np
import pytest
from gymnasium import spaces
from markets import market

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.btgym import BTgymBaseStrategy, BTgymDataset, BTgymEnv
from tradegym.envs.strategies.base import BaseStrategy

RISE = np.linspace(100, 130, 60)


def btgym_env(**kwargs):
    settings = {
        "dataset": market(RISE), "start_cash": 1000.0, "fixed_stake": 1, "broker_commission": 0.0,
        "drawdown_call": 100, "target_call": 1000, "episode_duration": 8,
    }  # fmt: skip
    settings |= kwargs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return BTgymEnv(**settings)


def two_hours(histdata, **kwargs):
    return {"filename": str(histdata), "episode_duration": {"hours": 2}, **kwargs}


@pytest.mark.parametrize(
    "action", [1, np.int64(1), np.array([1]), "buy", {"default_asset": "buy"}, {"default_asset": 1}]
)
def test_actions_in_all_forms(action):
    env = btgym_env()
    env.reset()
    observation, reward, done, info = env.step(action)
    assert set(observation) == {"raw"}
    assert isinstance(reward, float)
    assert done is False
    assert len(info) == 1
    assert info[0]["position"] == 1.0
    assert info[0]["action"] == {"default_asset": "buy"}


def test_an_asset_may_be_called_by_its_names():
    env = btgym_env(asset_names=["EURUSD"])
    env.reset()
    for name in ("EURUSD", "default_asset", env.env.assets[0]):
        assert env.step({name: "hold"})[3][0]["action"] == {"EURUSD": "hold"}


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("by", "action: 'by' is not known; allowed: hold, buy, sell, close; did you mean 'buy'"),
        (4, "action: 4 is not known; allowed: 0 to 3, or hold, buy, sell, close"),
        (-1, "action: -1 is not known"),
        (None, "action: None is not known"),
        ({"gold": "buy"}, "action: {'gold': 'buy'} must name one asset, default_asset or "),
        ({}, "action: {} must name one asset"),
    ],
)
def test_wrong_actions_are_one_line(action, message):
    env = btgym_env()
    env.reset()
    with pytest.raises(UserError) as error:
        env.step(action)
    assert str(error.value).startswith(message)


def test_the_initial_action_holds():
    env = btgym_env()
    env.reset()
    assert env.get_initial_action() == {"default_asset": 0}
    assert env.step(env.get_initial_action())[3][0]["position"] == 0.0


def test_an_episode_ends_in_done():
    env = btgym_env()
    env.reset()
    flags = []
    while not any(flags):
        *_, done, [info] = env.step("buy" if not flags else 0)
        flags.append(done)
    assert len(flags) == 8
    assert info["broker_message"] == "END_OF_DATA"
    assert env.get_stat()["episode"] == 1


def test_the_seed_decides_the_episodes(histdata):
    def starts(seed):
        env = BTgymEnv(**two_hours(histdata, random_seed=seed))
        return [(env.reset(), env.env.last_info["time"])[1] for _ in range(3)]

    assert starts(1) == starts(1)
    assert starts(1) != starts(2)


def test_test_episodes_come_from_the_test_part(histdata):
    env = BTgymEnv(**two_hours(histdata))
    env.reset()
    train = env.env
    env.reset(episode_config={"sample_type": 1, "get_new": True})
    assert env.env.part_name == "test"
    assert env.env.last_info["metadata"]["type"] == 1
    assert env.env.last_info["bar"] >= train.ranges[0].stop
    env.reset(trial_config={"sample_type": 0})
    assert env.env is train
    env.step(0)
    env.close()


def test_get_new_false_repeats_the_bars(histdata):
    env = BTgymEnv(**two_hours(histdata))
    first = env.reset()
    again = env.reset(episode_config={"get_new": False})
    assert (first["raw"] == again["raw"]).all()


def test_an_unknown_reset_argument_is_one_line():
    with pytest.raises(UserError, match="get_nw is not known; did you mean 'get_new'"):
        btgym_env().reset(episode_config={"get_nw": False})


def test_what_is_ignored_is_said_once():
    with pytest.warns(UserWarning, match="BTgymEnv: ") as caught:
        BTgymEnv(
            dataset=market(RISE), episode_duration=8, port=1, task=3, log_level=10,
            data_master=True, network_address="tcp://*:", render_title="x", render_modes=["human"],
        )  # fmt: skip
    lines = [str(one.message) for one in caught if str(one.message).startswith("BTgymEnv")]
    assert lines == [
        (
            "BTgymEnv: ignored, without meaning here: port, task, log_level, data_master, "
            "network_address, render_title, render_modes"
        )
    ]


def test_nothing_is_said_when_nothing_is_ignored(histdata, recwarn):
    BTgymEnv(**two_hours(histdata))
    assert [str(one.message) for one in recwarn if "ignored" in str(one.message)] == []


def test_an_unknown_argument_is_an_error():
    with pytest.raises(UserError, match=r"drawdown_cal: no such argument.*drawdown_call"):
        BTgymEnv(drawdown_cal=10)


def test_btgyms_numbers_are_the_defaults(histdata):
    env = BTgymEnv(filename=str(histdata))
    assert env.action_space == spaces.Discrete(4)
    assert env.observation_space["raw"].shape == (4, 4)
    params = env.env.market.engine.params
    assert (params["drawdown_call"], params["target_call"], params["skip_frame"]) == (10, 10, 1)
    env.reset()
    done, steps = False, 0
    while not done:
        *_, done, [info] = env.step(0)
        steps += 1
    assert steps == 23 * 60 + 55
    assert info["cash"] == 100.0


@pytest.mark.parametrize("as_dataset", [False, True])
def test_deprecated_lengths(histdata, as_dataset):
    lengths = {"episode_len_days": 0, "episode_len_hours": 1, "episode_len_minutes": 30}
    arguments = {"filename": str(histdata), **lengths, "start_weekdays": [0, 1, 2]}
    env = BTgymEnv(dataset=BTgymDataset(**arguments)) if as_dataset else BTgymEnv(**arguments)
    env.reset()
    done, steps = False, 0
    while not done:
        *_, done, _ = env.step(0)
        steps += 1
    assert steps == 90


def test_a_deprecated_length_beside_the_new_one_is_one_line(histdata):
    with pytest.raises(UserError, match="episode_len_days: given beside episode_duration"):
        BTgymEnv(**two_hours(histdata, episode_len_days=1))


def test_a_dataset_brings_its_own_arguments(histdata):
    dataset = BTgymDataset(
        str(histdata),
        sampling_params={"episode_duration": {"hours": 2}, "start_00": True},
        parsing_params={"sep": ";", "timeframe": 1},
        name="euro",
        target_period={"days": 1},
    )
    with pytest.warns(UserWarning, match="BTgymEnv: ") as caught:
        env = BTgymEnv(dataset=dataset, start_00=False, filename="other.csv")
    assert str(caught[0].message) == (
        "BTgymEnv: ignored, without meaning here: start_00, filename, dataset's name, "
        "dataset's target_period"
    )
    env.reset()
    start = env.env.market.dataset.times[env.env.last_info["bar"]]
    assert start == start.astype("datetime64[D]")


def test_single_parsing_arguments_count(histdata):
    text = histdata.read_text().replace(";", ",")
    copy = histdata.with_name("commas.csv")
    copy.write_text(text)
    env = BTgymEnv(**two_hours(copy, sep=",", timeframe=1))
    assert env.env.market.dataset.bar_seconds == 60.0
    with pytest.raises(UserError):
        BTgymEnv(**two_hours(copy, sep=";", timeframe=1))


def test_a_cerebro_of_ones_own(histdata):
    cerebro = bt.Cerebro()
    cerebro.addstrategy(
        BTgymBaseStrategy,
        state_shape={"raw": spaces.Box(low=0, high=1, shape=(30, 4))},
        skip_frame=5,
        drawdown_call=50,
    )
    cerebro.broker.setcash(500.0)
    cerebro.broker.setcommission(commission=0.001)
    cerebro.addsizer(bt.sizers.SizerFix, stake=20)
    cerebro.addanalyzer(bt.analyzers.DrawDown, _name="falls")
    env = BTgymEnv(**two_hours(histdata, engine=cerebro))
    assert env.reset()["raw"].shape == (30, 4)
    done = False
    while not done:
        *_, done, [info] = env.step("buy")
    assert info["commission"] > 0
    assert "max" in env.get_stat()["falls"]


def test_the_observers_btgym_ran_can_be_read():
    seen = []

    class Reader(BTgymBaseStrategy):
        def get_reward(self):
            stats = self.stats
            seen.append(
                (
                    self.iteration,
                    stats.broker.value[0],
                    stats.broker.cash[0],
                    stats.drawdown.drawdown[0],
                    stats.drawdown.maxdrawdown[0],
                )
            )
            return 0.0

    fall = np.concatenate((RISE, RISE[::-1]))
    env = btgym_env(strategy=Reader, dataset=market(fall), episode_duration=30)
    env.reset()
    infos = [env.step("buy" if number == 0 else "hold")[3][0] for number in range(20)]
    for bar, (row, info) in enumerate(zip(seen, infos, strict=True), start=2):
        names = ("value", "cash", "drawdown", "max_drawdown")
        assert row == (bar, *(info[name] for name in names))
    assert issubclass(BTgymBaseStrategy, BaseStrategy)


def test_only_the_current_bar_of_an_observer_is_kept():
    class Reader(BTgymBaseStrategy):
        def get_reward(self):
            return self.stats.broker.value[-1]

    env = btgym_env(strategy=Reader)
    env.reset()
    with pytest.raises(RunFailed, match=r"only \[0\], the current bar"):
        env.step(0)


def test_pictures():
    env = btgym_env()
    assert (env.render("episode") == 255).all()
    assert (env.render() == 255).all()
    env.reset()
    for mode in ("human", "raw"):
        picture = env.render(mode)
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
    with pytest.raises(UserError, match="render mode 'rwa' is unknown"):
        env.render("rwa")


def test_several_assets_are_refused():
    with pytest.raises(UserError, match="BTgymEnv: plays one asset with discrete actions"):
        BTgymEnv(dataset="indices", **{"strategy.actions.assets": "all"})
