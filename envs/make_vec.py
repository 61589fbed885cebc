"""The vector environment of ``gymnasium.make_vec``."""

import warnings
from pathlib import Path
from typing import Any

from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from tradegym.conf.errors import UserError
from tradegym.conf.schema.run import MOST_ENV_THREADS
from tradegym.envs.engines.choice import BACKTRADER, choose_engine
from tradegym.envs.make import make_builder

_NEXT_STEP = AutoresetMode.NEXT_STEP.value


def make_vec(
    num_envs: int = 1,
    *,
    part: str = "train",
    whole: bool | None = None,
    render_mode: str | None = None,
    env_threads: int = 1,
    autoreset_mode: str | AutoresetMode = _NEXT_STEP,
    copy: bool = True,
    config_dir: str | Path | None = None,
    **kwargs: Any,
) -> VectorEnv[Any, Any, Any]:
    """Make many environments that are stepped together by the compiled engine.

    Where the compiled engine cannot do what is asked for, and ``engine.backend`` is not
    ``compiled``, environments of the backtrader engine are stepped one after the other, with a
    warning.

    Parameters
    ----------
    num_envs : int
    part, whole, config_dir
        As for `tradegym.make`.
    render_mode : {None, "rgb_array", "human", "ansi"}
        Pictures are made by the backtrader engine.
    env_threads : int
        Threads of a step, 64 at most.
    autoreset_mode : {"NextStep", "SameStep", "Disabled"}
        What follows the end of an episode, as gymnasium has it.
    copy : bool
        Whether observations are the caller's own; otherwise the second step after overwrites
        them.
    **kwargs
        As for `tradegym.make`; ``engine.info="ends"`` leaves out all infos but those of the ends.

    Raises
    ------
    tradegym.conf.errors.UserError
        For an unknown argument or a wrong value, in one line.

    Examples
    --------
    >>> import gymnasium as gym
    >>> import tradegym
    >>> envs = gym.make_vec("tradegym/Trading-v0", 8, vectorization_mode="vector_entry_point")
    >>> observations, infos = envs.reset(seed=0)
    """
    if num_envs < 1:
        raise UserError(f"num_envs: {num_envs}; allowed: an integer >= 1")
    if not 1 <= env_threads <= MOST_ENV_THREADS:
        raise UserError(
            f"env_threads: {env_threads}; allowed: an integer from 1 to {MOST_ENV_THREADS}"
        )
    mode = _mode(autoreset_mode)
    builder, resolved = make_builder(kwargs, config_dir)
    engine = resolved.config.engine
    choice = choose_engine(
        builder.market.engine,
        engine.backend,
        notify=_tell,
        warn=_keep_quiet,
        render_mode=render_mode,
    )
    if choice.backend == BACKTRADER:
        if choice.reason is not None:
            warnings.warn(f"backtrader steps these environments: {choice.reason}", stacklevel=2)

        def make_env() -> Any:
            return builder.env(part, whole=whole, render_mode=render_mode)

        return SyncVectorEnv([make_env] * num_envs, copy=copy, autoreset_mode=mode)
    from tradegym.envs.engines.compiled.batch import Batch
    from tradegym.envs.engines.compiled.vector_env import BATCH_MODES, TradingVectorEnv

    source = builder.batch_source(part, whole=whole)
    batch = Batch(source, num_envs, threads=env_threads, autoreset=BATCH_MODES[mode])
    return TradingVectorEnv(batch, full_info=engine.info != "ends", copy=copy)


def _mode(value: str | AutoresetMode) -> AutoresetMode:
    try:
        return AutoresetMode(value)
    except ValueError:
        allowed = ", ".join(mode.value for mode in AutoresetMode)
        raise UserError(f"autoreset_mode: '{value}'; allowed: {allowed}") from None


def _tell(line: str) -> None:
    """Say why the first environment takes longer than the next."""
    warnings.warn(line, UserWarning, stacklevel=4)


def _keep_quiet(line: str) -> None:
    """Say nothing: the warning that backtrader steps gives the same reason."""
