"""Checkpoints: a model and its scaling on disk, safe to write and safe to load.

A checkpoint is a directory of three files: ``model.zip`` in SB3's own format, ``normaliser.npz``
if observations were scaled, and ``checkpoint.json``, which describes the other two.
"""

import hashlib
import json
import pickle
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.save_util import load_from_zip_file
from stable_baselines3.common.vec_env import VecNormalize

from tradegym.conf.errors import RunFailed, UserError
from tradegym.experiments.agents.directories import atomic_directory, sweep
from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.weights import weights_sha256

MODEL, NORMALISER, ABOUT = "model.zip", "normaliser.npz", "checkpoint.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """What ``checkpoint.json`` says.

    Attributes
    ----------
    step : int
        Environment steps trained, over all environments.
    algorithm : str
        Name of the SB3 class.
    weights_sha256 : str
        Identity of the weights, see `weights_sha256`.
    saved : str
        When it was written: ISO 8601, UTC.
    files : dict[str, str]
        sha256 of every other file of the checkpoint, by name.
    """

    step: int
    algorithm: str
    weights_sha256: str
    saved: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that was loaded.

    Attributes
    ----------
    info : CheckpointInfo
        Its description.
    normaliser : Normaliser or None
        The scaling that the model expects; None if it was trained without.
    """

    info: CheckpointInfo
    normaliser: Normaliser | None


def save_checkpoint(
    model: BaseAlgorithm, vecnormalize: VecNormalize | None, directory: Path, step: int
) -> CheckpointInfo:
    """Write a checkpoint, complete or not at all.

    Parameters
    ----------
    model : BaseAlgorithm
        The model to save.
    vecnormalize : VecNormalize or None
        The wrapper whose statistics belong to the model.
    directory : Path
        The checkpoint's directory; an older checkpoint there is replaced.
    step : int
        Environment steps trained so far.

    Returns
    -------
    CheckpointInfo
        What was written into ``checkpoint.json``.

    Raises
    ------
    RunFailed
        If the disk is full or cannot be written; older checkpoints are untouched.
    """
    try:
        with atomic_directory(directory) as fresh:
            model.save(fresh / MODEL)
            if vecnormalize is not None:
                Normaliser.from_vecnormalize(vecnormalize).save(fresh / NORMALISER)
            info = CheckpointInfo(
                step=step,
                algorithm=type(model).__name__,
                weights_sha256=weights_sha256(model),
                saved=datetime.now(UTC).isoformat(timespec="seconds"),
                files={file.name: _file_sha256(file) for file in sorted(fresh.iterdir())},
            )
            content = {"format": FORMAT} | {k: getattr(info, k) for k in info.__slots__}
            (fresh / ABOUT).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise RunFailed(f"checkpoint {directory} could not be written: {reason}") from error
    return info


def read_checkpoint(directory: Path) -> CheckpointInfo:
    """Return the description of a checkpoint, without its model.

    Raises
    ------
    UserError
        If there is no checkpoint, or ``checkpoint.json`` is damaged.
    """
    if not directory.is_dir() and directory.parent.is_dir():
        sweep(directory.parent)  # a kill may have come between moving aside and replacing
    path = directory / ABOUT
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']} instead of {FORMAT}")
        return CheckpointInfo(
            step=_typed(content, "step", int),
            algorithm=_typed(content, "algorithm", str),
            weights_sha256=_typed(content, "weights_sha256", str),
            saved=_typed(content, "saved", str),
            files=_typed(content, "files", dict),
        )
    except FileNotFoundError:
        raise UserError(f"{directory}: there is no checkpoint ({ABOUT} is missing)") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: damaged, or not of a checkpoint: {error}") from error


def load_checkpoint(directory: Path, model: BaseAlgorithm) -> Checkpoint:
    """Load the weights and optimizers of a checkpoint into ``model``.

    Only arrays are read: the pickled part of SB3's zip is never looked at, so that a file that
    someone else wrote cannot run code.

    Parameters
    ----------
    directory : Path
        The checkpoint's directory.
    model : BaseAlgorithm
        A model built from the configuration of the run that wrote the checkpoint.

    Returns
    -------
    Checkpoint
        Its description and scaling.

    Raises
    ------
    UserError
        If a file is missing or damaged, or the checkpoint is of another kind of model.
    """
    info = read_checkpoint(directory)
    path = directory / MODEL
    algorithm = type(model).__name__
    if info.algorithm != algorithm:
        raise UserError(f"{directory}: holds a model of {info.algorithm}, not of {algorithm}")
    for name in sorted({MODEL, *info.files}):
        _check(directory, name, info.files.get(name, ""))
    _load_weights(path, model)
    if weights_sha256(model) != info.weights_sha256:
        raise UserError(f"{path}: its weights are not the ones that {ABOUT} describes")
    if NORMALISER not in info.files:
        return Checkpoint(info, None)
    return Checkpoint(info, Normaliser.load(directory / NORMALISER))


def _load_weights(path: Path, model: BaseAlgorithm) -> None:
    try:
        _, parameters, variables = load_from_zip_file(path, load_data=False, device=model.device)
    except _UNREADABLE as error:
        raise UserError(f"{path}: damaged, or not a model: {_first_line(error)}") from error
    try:
        # Names are compared first: set_parameters looks up whatever attribute a file names.
        if set(parameters) != set(model.get_parameters()):
            raise ValueError(f"it holds {sorted(parameters)}")
        model.set_parameters(parameters, exact_match=True, device=model.device)
        for name in model._get_torch_save_params()[1]:
            # Single tensors beside the networks, such as SAC's entropy coefficient.
            getattr(model, name).data.copy_((variables or {})[name].data)
    except (ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: does not fit the configured agent and observation: {_first_line(error)}"
        ) from error


_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
)


def _check(directory: Path, name: str, expected: str) -> None:
    path = directory / name
    if Path(name).name != name:
        raise UserError(f"{directory / ABOUT}: '{name}' is not a file of a checkpoint")
    try:
        found = _file_sha256(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from error
    if found != expected:
        raise UserError(f"{path}: damaged (its sha256 is not the one in {ABOUT})")


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _typed(content: Any, key: str, kind: type) -> Any:
    value = content[key]
    if type(value) is not kind:
        raise TypeError(f"'{key}' is no {kind.__name__}")
    return value


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2]) or type(error).__name__
