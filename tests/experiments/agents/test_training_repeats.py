import pytest
import torch

from tradegym.experiments.agents.seeding import seed_everything
from tradegym.experiments.agents.weights import weights_sha256


def train(make_model, make_env, algorithm, seed, steps=256):
    threads = torch.get_num_threads()
    seed_everything(seed)
    try:
        model = make_model(algorithm, seed=seed, env=make_env(2, normalised=True))
        untrained = weights_sha256(model)
        model.learn(steps)
        assert weights_sha256(model) != untrained
        return weights_sha256(model)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("algorithm", ["PPO", "A2C", "DQN", "MaskablePPO", "RecurrentPPO", "QRDQN"])
def test_the_same_seed_gives_the_same_bits_and_another_one_others(algorithm, make_model, make_env):
    first = train(make_model, make_env, algorithm, seed=3)
    assert train(make_model, make_env, algorithm, seed=3) == first
    assert train(make_model, make_env, algorithm, seed=4) != first
