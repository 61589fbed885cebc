"""Pictures, animations and pages of what an agent did, from its run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.build import EnvBuilder
from tradegym.envs.rendering.animation import episode_frames, spread
from tradegym.envs.rendering.look import Look, look_of
from tradegym.envs.rendering.output.animated import ANIMATIONS, save_frames
from tradegym.envs.rendering.output.still import STILLS, save_figure
from tradegym.envs.rendering.page import save_page
from tradegym.envs.rendering.renderers import RENDERERS, draw, render
from tradegym.experiments.evaluating import Subject, load_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from tradegym.envs.rendering.scene import Scene
    from tradegym.envs.trading import TradingEnv
    from tradegym.experiments.agents.policy import Policy

PAGES = (".html",)
FORMATS = (*STILLS, *ANIMATIONS, *PAGES)
"""Suffixes of the files that can be written."""

EPISODE = "episode"
FPS, FRAMES = 15.0, 120


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is to be drawn, and where to.

    Attributes
    ----------
    out : Path
        File; its suffix is one of `FORMATS`.
    mode : str
        ``episode``, ``human`` or a key of the state.
    step : int or None
        Decision at which a still of ``human`` or the state is drawn; None: the last one.
    fps : float or None
        Frames of an animation in a second; None: `FPS`.
    frames : int or None
        Frames of an animation at most; None: `FRAMES`.

    Raises
    ------
    UserError
        What does not go together, in terms of the command line.
    """

    out: Path
    mode: str = EPISODE
    step: int | None = None
    fps: float | None = None
    frames: int | None = None

    def __post_init__(self) -> None:
        if self.suffix not in FORMATS:
            *first, last = FORMATS
            raise UserError(
                f"--out: '{self.out}' does not end with {', '.join(first)} or {last}; only these "
                f"files can be written{did_you_mean(self.suffix, FORMATS)}"
            )
        if self.suffix in PAGES and self.mode != EPISODE:
            others = ", ".join((*STILLS, *ANIMATIONS))
            raise UserError(
                f"--out: '{self.out}': a page shows an episode, not --mode {self.mode}; "
                f"choose {others}"
            )
        for name, value in (("fps", self.fps), ("frames", self.frames)):
            if value is not None and self.suffix not in ANIMATIONS:
                raise UserError(
                    f"--{name}: only used for {' and '.join(ANIMATIONS)}; '{self.out}' is neither"
                )
        if self.step is not None and self.mode == EPISODE:
            raise UserError("--step: an episode is drawn whole; leave it out, or use --mode human")
        if self.step is not None and self.suffix in ANIMATIONS:
            raise UserError(
                f"--step: '{self.out}' shows all decisions; leave it out, or choose "
                f"{', '.join(STILLS)}"
            )

    @property
    def suffix(self) -> str:
        """The suffix in lower case."""
        return self.out.suffix.lower()

    @property
    def most_frames(self) -> int:
        """Frames of an animation at most."""
        return FRAMES if self.frames is None else self.frames


def draw_run(subject: Subject, drawing: Drawing) -> None:
    """Play the agent on ``eval.split`` and write the file.

    Parameters
    ----------
    subject : Subject
    drawing : Drawing

    Raises
    ------
    UserError
        Unknown mode, a step beyond the episode, or a file that cannot be written.
    """
    builder = EnvBuilder(subject.resolved)
    config = subject.resolved.config
    env = builder.env(config.eval.split, whole=True, record=True)
    known = [*RENDERERS, *env.state_modes]
    if drawing.mode not in known:
        raise UserError(
            f"--mode: '{drawing.mode}' is not known; allowed: {', '.join(known)}"
            f"{did_you_mean(drawing.mode, known)}"
        )
    policy, _ = load_policy(subject, builder)
    look = look_of(config.render)
    if drawing.suffix in STILLS:
        _play(policy, env, drawing.step)
        save_figure(draw(drawing.mode, env.scene(), look), drawing.out)
    elif drawing.suffix in PAGES:
        _play(policy, env)
        save_page(env.episode_record(), drawing.out, look)
    else:
        frames = _frames(policy, env, drawing, look)
        save_frames(frames, drawing.out, FPS if drawing.fps is None else drawing.fps)
    env.close()


def _frames(
    policy: "Policy", env: "TradingEnv", drawing: Drawing, look: Look
) -> "Iterator[NDArray[np.uint8]]":
    """Draw the frames one by one, after the episode was played."""
    if drawing.mode == EPISODE:
        _play(policy, env)
        yield from episode_frames(env.episode_record(), drawing.most_frames, look)
        return
    kept = Thinned(drawing.most_frames)
    _play(policy, env, seen=lambda: kept.add(env.scene))
    for scene in kept.scenes():
        yield render(drawing.mode, scene, look)


class Thinned:
    """Keep scenes evenly spaced in time, at most twice as many as are wanted, and the newest.

    Parameters
    ----------
    most : int
        How many are wanted at most.
    """

    def __init__(self, most: int) -> None:
        self._most, self._stride, self._count = most, 1, 0
        self._kept: list[Scene] = []
        self._last: Callable[[], Scene] | None = None

    def add(self, scene: "Callable[[], Scene]") -> None:
        """Offer the next scene; it is made only if it is kept."""
        if self._count % self._stride == 0:
            self._kept.append(scene())
            if len(self._kept) > 2 * self._most:
                self._kept = self._kept[::2]
                self._stride *= 2
        self._count += 1
        self._last = scene

    def scenes(self) -> "list[Scene]":
        """Return what is wanted: evenly spaced, with the first and the newest."""
        is_newest = (self._count - 1) % self._stride == 0
        if self._last is not None and not is_newest:
            self._kept.append(self._last())
        return [self._kept[index] for index in spread(len(self._kept), self._most)]


def _play(
    policy: "Policy",
    env: "TradingEnv",
    step: int | None = None,
    seen: "Callable[[], None] | None" = None,
) -> None:
    """Play to decision ``step``, or to the end; call ``seen`` at the start and after each step."""
    observation, _ = env.reset(seed=0)
    policy.reset(env)
    over, decisions = False, 0
    if seen is not None:
        seen()
    while not over and decisions != step:
        action = policy.act(observation, env)
        observation, _, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
        decisions += 1
        if seen is not None:
            seen()
    if step is not None and decisions < step:
        raise UserError(f"--step: {step} is beyond the episode, which has {decisions} decisions")
