"""One seed for every random number generator that training uses."""

import random
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True, slots=True)
class SeedRecord:
    """What was set, and what else decides the bits of a result.

    Attributes
    ----------
    seed : int
        The seed that was asked for.
    library_seed : int
        The seed that python, numpy and torch got: ``seed`` modulo 2**32, numpy's limit.
    torch_threads : int
        Threads that torch computes with; another number gives other bits.
    cudnn_deterministic : bool
        Whether cuDNN is kept to repeatable kernels.
    cpu_capability : str
        Vector instructions torch found, for instance ``AVX2``; others may give other bits.
    """

    seed: int
    library_seed: int
    torch_threads: int
    cudnn_deterministic: bool
    cpu_capability: str

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a plain dictionary."""
        return asdict(self)


def library_seed(seed: int) -> int:
    """Return ``seed`` reduced to the range that every library takes, [0, 2**32)."""
    return seed % 2**32


def seed_everything(seed: int, torch_threads: int = 1) -> SeedRecord:
    """Seed python, numpy and torch (all devices) and fix torch's number of threads.

    Parameters
    ----------
    seed : int
        Any integer >= 0.
    torch_threads : int
        Threads for torch, >= 1.

    Returns
    -------
    SeedRecord
        What was set.
    """
    reduced = library_seed(seed)
    random.seed(reduced)
    # SB3 draws from numpy's global generator.
    np.random.seed(reduced)  # noqa: NPY002
    torch.manual_seed(reduced)
    torch.set_num_threads(torch_threads)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    return SeedRecord(
        seed=seed,
        library_seed=reduced,
        torch_threads=torch.get_num_threads(),
        cudnn_deterministic=torch.backends.cudnn.deterministic,
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
    )
