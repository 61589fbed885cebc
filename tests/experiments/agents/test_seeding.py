import random

import numpy as np
import pytest
import torch

from tradegym.experiments.agents.seeding import library_seed, seed_everything


@pytest.fixture(autouse=True)
def keep_threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def draws():
    return random.random(), float(np.random.random()), float(torch.rand(()))  # noqa: NPY002


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**40 + 3])
def test_the_same_seed_gives_the_same_draws_of_every_library(seed):
    seed_everything(seed)
    first = draws()
    assert all(one != other for one, other in zip(first, draws(), strict=True))
    seed_everything(seed)
    assert draws() == first


def test_another_seed_gives_other_draws_of_every_library():
    seed_everything(1)
    first = draws()
    seed_everything(2)
    assert all(one != other for one, other in zip(first, draws(), strict=True))


def test_the_record_says_what_was_set():
    record = seed_everything(2**32 + 5, torch_threads=2)
    assert record.seed == 2**32 + 5
    assert record.library_seed == library_seed(2**32 + 5) == 5
    assert record.torch_threads == torch.get_num_threads() == 2
    assert record.cpu_capability == torch.backends.cpu.get_cpu_capability()
    assert record.as_dict()["cudnn_deterministic"] is True
