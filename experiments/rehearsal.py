"""A try of the environment before anything is written, so that a mistake leaves nothing behind."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tradegym.conf.errors import RunFailed, UserError

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.envs.build import EnvBuilder
    from tradegym.envs.trading import TradingEnv


def rehearse(builder: "EnvBuilder", resolved: "Resolved", parts: Iterable[str]) -> None:
    """Start an episode on each part and act once.

    Parameters
    ----------
    builder : EnvBuilder
    resolved : Resolved
        The configuration, for the name of a user's own class.
    parts : iterable of str
        Such as ``("train", "test")``.

    Raises
    ------
    UserError
        A part is too short, or a user's own strategy fails.
    """
    config = resolved.config
    key = "strategy.cls" if config.engine.cerebro is None else "engine.cerebro"
    path = config.engine.cerebro or config.strategy.cls
    for part in parts:
        try:
            _act_once(builder.env(part))
        except RunFailed as error:
            if path is None:
                raise
            raise UserError(
                f"{key}: '{path}' failed at the start of an episode: {error} (--debug shows where)"
            ) from error


def _act_once(env: "TradingEnv") -> None:
    try:
        env.reset(seed=0)
        env.step(())
    finally:
        env.close()
