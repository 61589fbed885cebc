"""Shows what an environment is doing, in the way its render mode says."""

from typing import TYPE_CHECKING, Any, Protocol

from tradegym.conf.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from tradegym.conf.schema.render import RenderConfig
    from tradegym.envs.rendering import Look, Scene, Window

#: What `gymnasium.make` may ask for.
RENDER_MODES = ("rgb_array", "human", "ansi")


class _Shown(Protocol):
    def scene(self) -> "Scene": ...


class Pictures:
    """Draws an environment; matplotlib is imported when there is something to draw.

    Parameters
    ----------
    mode : {None, "rgb_array", "human", "ansi"}
    config : RenderConfig or None
        Sizes and colours.

    Raises
    ------
    UserError
        For another mode.
    """

    def __init__(self, mode: str | None, config: "RenderConfig | None") -> None:
        if mode not in (None, *RENDER_MODES):
            raise UserError(
                f"render_mode: '{mode}' is not known; allowed: {', '.join(RENDER_MODES)}"
                f"{did_you_mean(str(mode), RENDER_MODES)}"
            )
        self.mode = mode
        self._config = config
        self._window: Window | None = None

    @property
    def look(self) -> "Look":
        """Sizes and colours of pictures."""
        from tradegym.conf.schema.render import RenderConfig
        from tradegym.envs.rendering import look_of

        return look_of(self._config or RenderConfig())

    def render(self, env: _Shown) -> Any:
        """Return what `gymnasium.Env.render` returns."""
        if self.mode in (None, "human"):
            return None
        from tradegym.envs.rendering import render, render_text

        if self.mode == "ansi":
            return render_text(env.scene())
        return render("human", env.scene(), self.look)

    def update(self, env: _Shown) -> None:
        """Bring the window up to date, if the mode has one."""
        if self.mode != "human":
            return
        from tradegym.envs.rendering import Window

        if self._window is None:
            self._window = Window(self.look)
        self._window.show(env.scene())

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()
            self._window = None
