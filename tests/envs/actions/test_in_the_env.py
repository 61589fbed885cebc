"""Each scheme through `tradegym.make`: spaces, masks and what the broker makes of the orders."""

import numpy as np
import pytest

import tradegym
from tradegym.envs.strategies.actions import ACTION_SCHEMES

DISCRETE = tuple(name for name in ACTION_SCHEMES if name != "weights")


def make(scheme, *, joint=False, **options):
    keys = {
        "dataset.source": "indices",
        "engine.start_cash": 10_000,
        "engine.sizing": "equity_fraction",
        "engine.equity_fraction": 0.3,
        "strategy.actions.scheme": scheme,
        "strategy.actions.assets": "all" if joint else None,
        "strategy.limits.drawdown_call": None,
        "strategy.limits.target_call": None,
        "episode.duration": 60,
    }
    return tradegym.make(**(keys | {f"strategy.actions.{k}": v for k, v in options.items()}))


def play(env, choose):
    """Play an episode; return the last info."""
    _, info = env.reset(seed=3)
    done = False
    while not done:
        _, _, terminated, truncated, info = env.step(choose(env))
        done = terminated or truncated
    return info


def masked(rng, joint):
    """Return a player that draws among the choices that the mask allows."""

    def choose(env):
        mask = env.action_masks()
        rows = mask.reshape(len(env.assets), -1) if joint else [mask]
        drawn = [int(rng.choice(np.flatnonzero(row))) for row in rows]
        return np.array(drawn) if joint else drawn[0]

    return choose


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("scheme", DISCRETE)
def test_what_the_mask_allows_is_never_impossible(scheme, joint):
    info = play(make(scheme, joint=joint), masked(np.random.default_rng(1), joint))
    assert info["impossible"] == 0
    assert info["trades"] > 0


@pytest.mark.parametrize("scheme", ["discrete", "bracket", "limit"])
def test_what_it_does_not_allow_is_counted_and_does_nothing(scheme):
    env = make(scheme)
    close = env.action_names.index("close")
    info = play(env, lambda env: close)
    assert info["impossible"] == 60
    assert (info["trades"], info["rejected"], info["value"]) == (0, 0, 10_000)


def test_long_and_flat_by_target():
    env = make("target", threshold=0.0, reserve=0.05)
    env.reset(seed=3)
    close = env.closes()[-1]
    _, _, _, _, info = env.step(2)
    assert info["position"] == pytest.approx(0.95 * 10_000 / close)
    _, _, _, _, info = env.step(1)
    assert info["position"] == 0.0


def test_weights_are_held_after_the_next_open():
    env = make("weights", joint=True, transform="simplex", reserve=0.0, threshold=0.0)
    env.reset(seed=3)
    closes = np.array([env.closes(asset)[-1] for asset in (0, 1)])
    _, _, _, _, info = env.step(np.array([0.5, 0.3, 0.2], dtype=np.float32))
    assert info["position"] * closes == pytest.approx([5000.0, 3000.0])


def test_all_in_and_all_out():
    env = make("bsh", reserve=0.1)
    env.reset(seed=3)
    close = env.closes()[-1]
    _, _, _, _, info = env.step(np.int64(1))
    units = info["position"]
    assert units == pytest.approx(9000.0 / close)
    _, _, _, _, info = env.step(1)
    assert (info["position"], info["impossible"]) == (units, 0)
    _, _, _, _, info = env.step(0)
    assert (info["position"], info["trades"]) == (0.0, 1)


def test_a_limit_order_waits_until_it_is_cancelled():
    env = make("limit", offsets=[0.9], expiry=None)
    env.reset(seed=3)
    names = env.action_names
    env.step(names.index("buy -90%"))
    assert env.action_masks()[names.index("cancel")]
    env.step(names.index("hold"))
    assert env.action_masks()[names.index("cancel")]
    _, _, _, _, info = env.step(names.index("cancel"))
    assert not env.action_masks()[names.index("cancel")]
    assert info["impossible"] == 0
