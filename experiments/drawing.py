"""Pictures of what an agent did, from its run."""

from pathlib import Path
from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.build import EnvBuilder
from tradegym.envs.rendering.renderers import RENDERERS, render, save_png
from tradegym.experiments.evaluating import Subject, load_policy

if TYPE_CHECKING:
    from tradegym.envs.trading import TradingEnv
    from tradegym.experiments.agents.policy import Policy


def draw(subject: Subject, mode: str, step: int | None, file: Path) -> None:
    """Play the agent on ``eval.split`` and write a picture.

    Parameters
    ----------
    subject : Subject
    mode : str
        ``episode``, ``human`` or a key of the state.
    step : int or None
        Decision at which ``human`` and the state are drawn; None: the end of the episode.
    file : Path
        PNG.

    Raises
    ------
    UserError
        Unknown mode, a step beyond the episode, or a file that cannot be written.
    """
    builder = EnvBuilder(subject.resolved)
    env = builder.env(subject.resolved.config.eval.split, whole=True, record=True)
    known = [*RENDERERS, *env.state_modes]
    if mode not in known:
        raise UserError(
            f"--mode: '{mode}' is not known; allowed: {', '.join(known)}{did_you_mean(mode, known)}"
        )
    if mode == "episode" and step is not None:
        raise UserError("--step: an episode is drawn whole; leave it out, or use --mode human")
    policy, _ = load_policy(subject, builder)
    _play(policy, env, step)
    save_png(render(mode, env.scene()), file)
    env.close()


def _play(policy: "Policy", env: "TradingEnv", step: int | None) -> None:
    """Play to decision ``step``, or to the end."""
    observation, _ = env.reset(seed=0)
    policy.reset(env)
    over, decisions = False, 0
    while not over and decisions != step:
        action = policy.act(observation, env)
        observation, _, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
        decisions += 1
    if step is not None and decisions < step:
        raise UserError(f"--step: {step} is beyond the episode, which has {decisions} decisions")
