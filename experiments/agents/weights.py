"""The identity of a trained network."""

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm


def weights_sha256(model: BaseAlgorithm) -> str:
    """Return the sha256 of all weights of a model's policy.

    The entries of ``model.policy.state_dict()`` (target networks included, optimizers not) are
    taken in the order of their names; each adds its name, dtype and shape as text, and its
    numbers as little-endian bytes. Two models have the same hash exactly if all their weights
    are the same bits. The hash of a checkpoint file says less: it also holds the time.

    Parameters
    ----------
    model : BaseAlgorithm
        Any SB3 model, on any device.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return state_sha256(model.policy.state_dict())


def state_sha256(state: Mapping[str, Any]) -> str:
    """Return the sha256 of a state dict, as `weights_sha256` defines it."""
    digest = hashlib.sha256()
    for name in sorted(state):
        values = torch.as_tensor(state[name]).detach().cpu().contiguous().numpy()
        digest.update(f"{name}\0{values.dtype.name}\0{values.shape}\0".encode())
        digest.update(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()
