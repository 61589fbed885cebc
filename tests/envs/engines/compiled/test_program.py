import math

import numpy as np
import pytest
from markets import market

import tradegym
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.engines.backtrader.feed import to_day_numbers
from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.engines.compiled.program.build import make_program
from tradegym.envs.engines.compiled.program.table import calendar_days
from tradegym.envs.strategies.spaces import observation_space


def program(dataset="sp500", limited=True, **kwargs):
    env = tradegym.make(**({"dataset": dataset, "episode_duration": 20} | kwargs))
    return make_program(env.market, 29, limited=limited), env


def test_the_account_is_what_the_configuration_says():
    made, _ = program(
        engine="standard",
        strategy="standard",
        **{
            "engine.start_cash": 5000.0,
            "engine.leverage": 2.0,
            "engine.spread": 0.5,
            "engine.slip_fixed": 0.25,
            "engine.borrow_interest": 0.0365,
            "engine.latency": 2,
            "strategy.limits.drawdown_call": 30.0,
            "strategy.limits.target_call": None,
            "strategy.limits.max_loss": None,
            "strategy.limits.max_orders": 3,
        },
    )
    rules, asset = made.rules, made.shared.assets[0]
    assert (rules.start_cash, rules.latency, rules.margin_always) == (5000.0, 2, 1)
    assert (rules.drawdown_call, rules.target_call) == (30.0, math.inf)
    assert (rules.stat_lower, rules.stat_upper) == (30.0, 100.0)
    assert rules.stat_scale == 100.0 / (5000.0 * 130.0)
    assert (rules.max_orders, rules.has_volume_limit, rules.has_interest) == (3, 0, 1)
    assert (asset.slip_fixed, asset.leverage, asset.short) == (0.5, 2.0, 1)
    assert asset.credit_rate == 0.0365 / 365.0
    assert asset.volume_limit == math.inf
    # Nothing in the memory overlaps: rewards, three delayed decisions, three openings.
    delayed, openings = int(rules.delayed_at), int(rules.openings_at)
    assert openings - delayed == 3 * (rules.action_width + 1)
    assert made.memory == openings + 3


def test_limits_are_off_where_they_do_not_count_but_statistics_keep_their_scale():
    made, _ = program(limited=False, strategy="btgym")
    rules = made.rules
    assert rules.drawdown_call == rules.target_call == math.inf
    assert (rules.stat_lower, rules.stat_upper) == (10.0, 10.0)


def test_an_asset_has_its_own_costs():
    made, env = program(
        "indices",
        strategy="portfolio",
        **{"engine.assets": {"nasdaq": {"lot": 2.0, "short": False, "volume_limit": 0.5}}},
    )
    assert env.assets == ("sp500", "nasdaq")
    assert made.shared.assets["lot"].tolist() == [0.0, 2.0]
    assert made.shared.assets["short"].tolist() == [1, 0]
    assert made.rules.has_volume_limit == 1
    assert made.rules.scheme == layout.WEIGHTS
    assert made.rules.action_width == 3


def test_the_data_is_used_as_it_is_and_what_is_made_of_it_is_shared():
    first, env = program(strategy="btgym")
    second = make_program(env.market, 40)
    assert first.shared.ohlcv is env.market.dataset.ohlcv
    assert first.shared.raw is second.shared.raw
    want = env.market.dataset.ohlcv[:, :, :4].astype(np.float32)
    assert np.array_equal(first.shared.raw, want.ravel())
    for array in first.shared:
        assert array.flags.c_contiguous
        assert not array.flags.writeable
    other, env = program(strategy="btgym_features")
    assert np.shares_memory(other.shared.features, env.market.features.values)
    assert not len(other.shared.days)


def test_only_the_traded_assets_are_in_the_table_in_their_order():
    made, env = program("indices", **{"strategy.actions.assets": ["nasdaq"]})
    bars = env.market.dataset.ohlcv
    assert np.array_equal(made.shared.ohlcv, bars[:, [env.market.dataset.assets.index("nasdaq")]])
    made, env = program("indices", **{"strategy.actions.assets": ["nasdaq", "sp500"]})
    assert np.array_equal(made.shared.ohlcv, bars[:, ::-1])


@pytest.mark.parametrize("flat", [True, False])
def test_modes_lie_in_the_observation_as_the_space_has_them(flat):
    made, env = program(strategy="btgym_features", **{"strategy.state.flat": flat})
    assert made.observation_space == env.observation_space
    assert made.action_space == env.action_space
    state = observation_space(env.market.engine.params, 1)
    assert [mode.name for mode in made.modes] == list(state.spaces)
    ends = [mode.at + mode.size for mode in made.modes]
    assert [mode.at for mode in made.modes] == [0, *ends[:-1]]
    assert made.rules.obs_size == ends[-1]
    for mode in made.modes:
        assert getattr(made.rules, f"{mode.name}_at") == mode.at
        assert mode.shape == state[mode.name].shape


def test_days_are_counted_as_backtrader_does():
    import backtrader as bt

    day = np.datetime64("2020-03-01", "ns")
    offsets = [0, 1, 5_000, 86_399_999_990_000, 86_399_999_999_999, 43_200_000_000_000]
    times = day + np.array(offsets).astype("timedelta64[ns]")
    want = [bt.num2date(number).toordinal() for number in to_day_numbers(times)]
    assert calendar_days(times).tolist() == want


def test_prices_beyond_float32_become_infinite_in_silence():
    bars = market([1e300, 1e300, 1e300, 1e300, 1e300, 1e300, 1e300, 1e300, 1e300, 1e300])
    assert isinstance(bars, Dataset)
    kwargs = {"time_dim": 2, "avg_period": 2, "split.train": 0.8, "split.validation": 0.1}
    made, _ = program(bars, whole=True, fixed_stake=1.0, **kwargs)
    assert np.isinf(made.shared.raw).all()


def test_memory_is_for_what_an_episode_can_hold():
    limits = {"engine.latency": 10**9, "strategy.limits.max_orders": 10**9}
    limits |= {"strategy.limits.max_orders_window": 10**9}
    _, env = program(strategy="standard", engine="standard", **limits)
    bars = len(env.market.dataset)
    for longest in (49, None):
        made = make_program(env.market, 29, longest=longest)
        rules, most = made.rules, longest or bars
        assert (rules.latency, rules.max_orders) == (most, -1)
        assert made.memory == rules.delayed_at + (most + 1) * (rules.action_width + 1)
    for max_orders, kept in ((48, 48), (49, -1)):
        _, env = program(
            strategy="standard",
            **limits | {"strategy.limits.max_orders": max_orders},
        )
        assert make_program(env.market, 29, longest=49).rules.max_orders == kept
