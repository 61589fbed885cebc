"""A short training, to be done twice: of the agent that the configuration names."""

from typing import TYPE_CHECKING, Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

from tradegym.conf.errors import UserError
from tradegym.experiments.agents.sb3 import build_model
from tradegym.experiments.agents.seeding import seed_everything
from tradegym.experiments.training.envs import OwnSeeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradegym.conf.schema.run import Config
    from tradegym.envs.build import EnvBuilder


def need_learner(config: "Config", flag: str) -> None:
    """Refuse an agent that does not learn."""
    if config.agent.rule is not None:
        raise UserError(
            f"{flag}: agent.rule={config.agent.rule} does not learn; choose an agent such as "
            f"agent=ppo"
        )


def train_briefly(
    builder: "EnvBuilder", config: "Config", seed: int, steps: int
) -> tuple[BaseAlgorithm, VecNormalize | None]:
    """Train for ``steps`` decisions (at least one rollout) in one environment.

    Returns
    -------
    model : BaseAlgorithm
    normaliser : VecNormalize or None
    """

    def make() -> Monitor[Any, Any]:
        return Monitor(OwnSeeds(builder.env("train"), 0))

    makers: list[Callable[[], Any]] = [make]
    seed_everything(seed, config.train.torch_threads)
    envs: VecEnv = DummyVecEnv(makers)
    normaliser = None
    if config.train.normalise:
        gamma = config.agent.hyperparameters.get("gamma", 0.99)
        envs = normaliser = VecNormalize(envs, gamma=gamma)
    model = build_model(config.agent, envs, seed=seed, device="cpu")
    model.set_logger(Logger(folder=None, output_formats=[]))
    model.learn(steps)
    envs.close()
    return model, normaliser
