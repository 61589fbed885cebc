"""The environments of a training, and the engine that steps them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from tradegym.envs.build import EnvBuilder
from tradegym.envs.engines.choice import BACKTRADER, COMPILED, EngineChoice
from tradegym.experiments.training.envs import OwnSeeds
from tradegym.experiments.training.normalised_vec_env import NormalisedVecEnv

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved


def training_envs(resolved: "Resolved", builder: EnvBuilder, engine: EngineChoice) -> VecEnv:
    """Make the environments of the train part.

    Their episodes depend on the seed and on their numbers, not on the engine.

    Parameters
    ----------
    resolved : Resolved
    builder : EnvBuilder
    engine : EngineChoice
    """
    config = resolved.config
    envs = _MAKERS[engine.backend](resolved, builder)
    if config.train.normalise:
        gamma = config.agent.hyperparameters.get("gamma", 0.99)
        envs = NormalisedVecEnv(envs, gamma=gamma)
    return envs


def _compiled_envs(resolved: "Resolved", builder: EnvBuilder) -> VecEnv:
    from tradegym.envs.engines.compiled.batch import Batch
    from tradegym.experiments.training.compiled_vec_env import CompiledVecEnv

    config = resolved.config
    batch = Batch(builder.batch_source("train"), config.n_envs, threads=config.train.env_threads)
    return CompiledVecEnv(batch, full_info=config.engine.info == "full")


def _backtrader_envs(resolved: "Resolved", builder: EnvBuilder) -> VecEnv:
    config = resolved.config
    if config.train.env_workers:
        from tradegym.experiments.training.worker_vec_env import WorkerVecEnv

        return WorkerVecEnv(
            builder.env("train"),
            resolved,
            config.n_envs,
            config.train.env_workers,
            full_info=config.engine.info == "full",
        )

    def make_env(number: int) -> Callable[[], Monitor[Any, Any]]:
        return lambda: Monitor(OwnSeeds(builder.env("train"), number))

    return DummyVecEnv([make_env(number) for number in range(config.n_envs)])


_MAKERS: dict[str, Callable[["Resolved", EnvBuilder], VecEnv]] = {
    COMPILED: _compiled_envs,
    BACKTRADER: _backtrader_envs,
}
