"""A window on the screen that shows the newest prices, where there is a screen."""

import os
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.backends.registry import BackendFilter, backend_registry
from matplotlib.figure import Figure

from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.renderers import render

if TYPE_CHECKING:
    from matplotlib.backend_bases import FigureManagerBase
    from matplotlib.image import AxesImage

    from tradegym.envs.rendering.scene import Scene

_NO_WINDOW = (
    "render_mode 'human': no window can be opened ({}); episodes go on without one, "
    "'rgb_array' and 'ansi' need none"
)
# In the order in which they are tried, after the one that the user chose.
_PREFERRED = ("qtagg", "gtk4agg", "gtk3agg", "tkagg", "wxagg", "macosx")


class Window:
    """Show scenes in a window of matplotlib, or in none and warn once.

    pyplot has no part in it, and matplotlib's settings stay as they are.

    Parameters
    ----------
    look : Look
        Size and colours.
    mode : str
        What is drawn: ``human``, or a key of the observation.
    """

    def __init__(self, look: Look = DEFAULT, mode: str = "human") -> None:
        self._look, self._mode = look, mode
        self._manager: FigureManagerBase | None = None
        self._image: AxesImage | None = None
        self._is_closed = False

    def show(self, scene: "Scene") -> None:
        """Draw a scene into the window; the first one opens it.

        Nothing happens once the window is closed, or if none can be opened.
        """
        if self._is_closed:
            return
        if self._manager is None:
            self._manager, reason = _open(self._look)
            if self._manager is None:
                self._is_closed = True
                warnings.warn(_NO_WINDOW.format(reason), UserWarning, stacklevel=2)
                return
            self._manager.canvas.mpl_connect("close_event", self._forget)
        self._put(scene, self._manager)

    def close(self) -> None:
        """Close the window, if there is one."""
        manager = self._manager
        self._forget()
        if manager is not None:
            manager.destroy()

    def _forget(self, _: Any = None) -> None:
        """Note that the window is gone: the user or `close` closed it."""
        self._manager, self._image, self._is_closed = None, None, True

    def _put(self, scene: "Scene", manager: "FigureManagerBase") -> None:
        rgb = render(self._mode, scene, self._look)
        if self._image is None:
            ax = manager.canvas.figure.add_axes((0, 0, 1, 1))
            ax.set_axis_off()
            self._image = ax.imshow(rgb, aspect="equal", interpolation="antialiased")
            manager.show()
        else:
            self._image.set_data(rgb)
        manager.canvas.draw_idle()
        manager.canvas.flush_events()


def _open(look: Look) -> "tuple[FigureManagerBase | None, str]":
    """Return a window of the first toolkit that works, else None and the reason."""
    if not _has_display():
        return None, "there is no display"
    registry: Any = backend_registry
    reason = "no toolkit such as PyQt6 or tkinter is installed"
    for name in _backends():
        figure = Figure(figsize=look.size_human, dpi=look.dpi, facecolor=look.palette.background)
        # A toolkit may be missing, or refuse the display, each with errors of its own.
        try:
            canvas: Any = registry.load_backend_module(name).FigureCanvas
            manager: FigureManagerBase = canvas.new_manager(figure, 1)
        except Exception as error:
            if not isinstance(error, ImportError):
                reason = f"{name}: {' '.join(str(error).split())}"
            continue
        manager.set_window_title("tradegym")
        return manager, ""
    return None, reason


def _backends() -> Iterator[str]:
    """Yield the names of interactive backends to try."""
    registry: Any = backend_registry
    chosen = matplotlib.get_backend(auto_select=False) or ""
    interactive = registry.list_builtin(BackendFilter.INTERACTIVE)
    fixed = chosen.lower() not in registry.list_builtin(BackendFilter.NON_INTERACTIVE)
    if chosen and fixed:
        yield chosen
    yield from (name for name in _PREFERRED if name in interactive)


def _has_display() -> bool:
    """Tell whether a window could be shown; only X and Wayland say so beforehand."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
