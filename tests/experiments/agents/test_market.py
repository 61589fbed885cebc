"""Agents in the real environment: masks, weights, several assets; tiny trainings."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from tradegym.conf.resolve import resolve
from tradegym.conf.schema.agent import AgentConfig
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset
from tradegym.experiments.agents.checkpoints import load_checkpoint, save_checkpoint
from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.agents.sb3 import build_model
from tradegym.experiments.agents.sb3_policy import SB3Policy
from tradegym.experiments.agents.seeding import seed_everything
from tradegym.experiments.agents.weights import weights_sha256
from tradegym.experiments.evaluation import compare, evaluate, play_episode

SHORT = ["split.train=0.1", "split.validation=0.035", "episode.duration=40"]
FEW = {
    "PPO": {"n_steps": 64, "batch_size": 32, "n_epochs": 2},
    "MaskablePPO": {"n_steps": 64, "batch_size": 32, "n_epochs": 2},
    "RecurrentPPO": {"n_steps": 64, "batch_size": 32, "n_epochs": 1},
    "A2C": {"n_steps": 32},
    "SAC": {"buffer_size": 300, "learning_starts": 64, "batch_size": 16, "train_freq": 16},
    "TD3": {"buffer_size": 300, "learning_starts": 64, "batch_size": 16, "train_freq": 16},
    "TQC": {"buffer_size": 300, "learning_starts": 64, "batch_size": 16, "train_freq": 16},
}
JOINT = ["dataset=indices", "strategy.actions.assets=all"]
SCHEMES = {
    "discrete": [],
    "bracket": ["strategy=bracket"],
    "limit": ["strategy.actions.scheme=limit"],
    "two assets": JOINT,
}


@pytest.fixture(autouse=True)
def keep_threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


_BUILDERS = {}


def builder_of(*overrides):
    if overrides not in _BUILDERS:
        _BUILDERS[overrides] = EnvBuilder(resolve([*SHORT, *overrides]))
    return _BUILDERS[overrides]


class Impossible(BaseCallback):
    """Counts the impossible actions of all episodes that ended."""

    count = 0

    def _on_step(self):
        self.count += sum(
            info["impossible"] for info in self.locals["infos"] if info["reason"] is not None
        )
        return True


def train(algorithm, builder, *, seed=0, steps=128, n_envs=2):
    seed_everything(seed)
    envs = VecNormalize(DummyVecEnv([lambda: Monitor(builder.env("train"))] * n_envs))
    kwargs = {"net_arch": [8]} | ({"lstm_hidden_size": 8} if algorithm == "RecurrentPPO" else {})
    agent = AgentConfig(algorithm=algorithm, policy_kwargs=kwargs, **FEW[algorithm])
    model = build_model(agent, envs, seed=seed, device="cpu")
    counter = Impossible()
    model.learn(steps, callback=counter)
    envs.close()
    return model, envs, counter.count


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_masked_agent_never_does_what_is_impossible_and_another_one_does(scheme):
    builder = builder_of(*SCHEMES[scheme])
    model, envs, impossible = train("MaskablePPO", builder)
    assert impossible == 0
    for deterministic in (True, False):
        policy = SB3Policy(model, Normaliser.from_vecnormalize(envs), deterministic)
        found = evaluate(policy, builder, "validation")
        assert found.metrics.impossible == 0
        assert found.metrics.bars > 100
    _, _, impossible = train("PPO", builder)
    assert impossible > 0


def test_an_agent_without_masks_has_its_impossible_actions_counted():
    builder = builder_of()
    model, envs, _ = train("PPO", builder)
    policy = SB3Policy(model, Normaliser.from_vecnormalize(envs), deterministic=False)
    found = evaluate(policy, builder, "validation")
    position, choices = found.record.bars["position"], found.record.bars["action"]
    close = found.record.action_names.index("close")
    flat = int(((choices == close) & (position == 0)).sum())
    assert found.metrics.impossible == flat > 0


def test_the_same_seed_gives_the_same_bits_with_masks():
    builder = builder_of()
    first = weights_sha256(train("MaskablePPO", builder, seed=3)[0])
    assert weights_sha256(train("MaskablePPO", builder, seed=3)[0]) == first
    assert weights_sha256(train("MaskablePPO", builder, seed=4)[0]) != first


@pytest.mark.parametrize("algorithm", ["MaskablePPO", "RecurrentPPO"])
def test_a_loaded_agent_plays_as_the_one_that_was_saved(algorithm, tmp_path):
    builder = builder_of()
    model, envs, _ = train(algorithm, builder)
    save_checkpoint(model, envs, tmp_path / "1", 1)
    played = evaluate(SB3Policy(model, Normaliser.from_vecnormalize(envs)), builder, "validation")
    other, _, _ = train(algorithm, builder, seed=5, steps=1)
    loaded = load_checkpoint(tmp_path / "1", other)
    again = evaluate(SB3Policy(other, loaded.normaliser), builder, "validation")
    assert again.record.bars.equals(played.record.bars)


@pytest.mark.parametrize("algorithm", ["PPO", "A2C", "SAC", "TD3", "TQC", "RecurrentPPO"])
def test_weights_are_learned_and_stay_in_their_space(algorithm):
    builder = builder_of("strategy=portfolio", *JOINT)
    model, envs, _ = train(algorithm, builder, steps=128)
    assert isinstance(model.action_space, spaces.Box)
    env = builder.env("validation", record=True)
    policy = SB3Policy(model, Normaliser.from_vecnormalize(envs))
    obs, _ = env.reset(seed=0)
    policy.reset(env)
    for _ in range(20):
        action = policy.act(obs, env)
        assert env.action_space.contains(action)
        obs, *_ = env.step(action)
    record = play_episode(policy, env, seed=0)
    env.close()
    weights = record.bars[["weight_sp500", "weight_nasdaq", "weight_cash"]].dropna()
    assert len(weights) > 100
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)


OTHER_SCHEMES = {
    "discrete": [],
    "bracket": ["strategy=bracket"],
    "limit": ["strategy.actions.scheme=limit"],
    "position": ["strategy=position"],
    "sizes": ["strategy.actions.scheme=sizes"],
    "bsh": ["strategy.actions.scheme=bsh"],
    "weights": ["strategy=portfolio"],
}


def smooth_market(n_assets, bars=400):
    """Assets that grow by themselves, each bar opening where the last one closed."""
    rng = np.random.default_rng(0)
    steps = 1.0 + rng.uniform(-0.004, 0.005, (bars, n_assets))
    closes = np.cumprod(steps, axis=0) * 100.0 * np.arange(1, n_assets + 1)
    opens = np.vstack([closes[:1], closes[:-1]])
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    bars_of = np.stack([opens, high, low, closes, np.full_like(opens, 1000.0)], axis=2)
    times = np.datetime64("2001-01-01", "ns") + np.arange(bars) * np.timedelta64(1, "D")
    return Dataset.from_arrays("smooth", times, bars_of, [f"a{i}" for i in range(n_assets)])


@pytest.mark.parametrize("n_assets", [1, 2, 5])
@pytest.mark.parametrize("scheme", OTHER_SCHEMES)
def test_buy_and_hold_invests_everything_once_under_every_scheme(scheme, n_assets):
    overrides = [*OTHER_SCHEMES[scheme], "strategy.actions.assets=all"]
    dataset = smooth_market(n_assets)
    builder = EnvBuilder(
        resolve([*overrides, "split.train=0.4", "split.validation=0.3"]), {"dataset.cls": dataset}
    )
    found = evaluate(make_rule("buy_and_hold", RuleSettings(0.01)), builder, "validation")
    record = found.record
    placed = record.orders[record.orders["kind"] != "liquidation"]
    assert tuple(placed["asset"]) == record.assets == dataset.assets
    assert (placed["created"] == record.bars["time"].iloc[0]).all()
    spent = 0.0
    for asset, size in zip(placed["asset"], placed["size"], strict=True):
        close = record.of(asset)["close"].iloc[0]
        assert size * close == pytest.approx(0.99 * record.start_cash / n_assets)
        spent += size * close
    fees = record.bars["commission"].iloc[1]
    assert fees > 0
    assert record.bars["cash"].iloc[1] == pytest.approx(record.start_cash - spent - fees)
    assert found.metrics.trades == n_assets
    assert found.metrics.rejected == 0
    assert found.metrics.impossible == 0


@pytest.mark.parametrize("rule", ["flat", "sma_cross", "random"])
def test_the_other_rules_play_several_assets(rule):
    builder = builder_of(*JOINT)
    settings = RuleSettings(0.01, fast=5, slow=20)
    found = evaluate(make_rule(rule, settings), builder, "validation")
    traded = set(found.record.orders["asset"])
    assert traded == (set() if rule == "flat" else {"sp500", "nasdaq"})
    if rule == "sma_cross":
        orders = found.record.orders
        assert set(orders["kind"]) >= {"entry", "exit"}
        # a share of the free cash is refused only if the price jumps by more than the reserve
        assert orders["status"].isin(["Margin", "Rejected"]).mean() < 0.2
        assert found.metrics.impossible == 0


def test_an_evaluation_of_several_assets_has_baselines_and_the_terms_of_the_reward():
    builder = builder_of("strategy=portfolio", *JOINT)
    config = resolve([*SHORT, "strategy=portfolio", *JOINT]).config
    found = compare(make_rule("random"), builder, config, "validation", skip="random")
    assert {"buy_and_hold", "flat", "random_trades"} <= set(found.baselines)
    assert "perfect_foresight" not in found.baselines  # a bound for one asset alone
    metrics = found.metrics()["agent"]
    terms = {name: value for name, value in metrics.items() if name.startswith("reward_")}
    assert terms
    assert sum(terms.values()) == pytest.approx(metrics["reward"])
    assert metrics["mean_exposure"] > 0
