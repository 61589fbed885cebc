"""The window of render_mode "human": one where it can be shown, else one warning."""

import subprocess
import sys
import warnings

import matplotlib
import numpy as np
import pytest

import tradegym
from tradegym.envs.rendering import Look, Scene, Window

# A toolkit that keeps what it would show, in a module of its own.
TOOLKIT = """
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

EVENTS = []

class Manager(FigureManagerBase):
    def show(self):
        EVENTS.append("show")

    def destroy(self):
        EVENTS.append("destroy")

    def set_window_title(self, title):
        EVENTS.append(title)

class FigureCanvas(FigureCanvasAgg):
    required_interactive_framework = "none"
    manager_class = Manager

    def draw_idle(self):
        self.draw()
        EVENTS.append(self)

FigureManager = Manager
"""


@pytest.fixture
def headless(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.fixture
def toolkit(tmp_path, monkeypatch):
    (tmp_path / "a_toolkit.py").write_text(TOOLKIT)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setitem(matplotlib.rcParams, "backend", "module://a_toolkit")
    import a_toolkit

    yield a_toolkit.EVENTS
    del sys.modules["a_toolkit"]


def scene(close):
    return Scene(window=np.array([[1.0, 3.0, 1.0, 2.0], [2.0, 3.0, 1.0, close]]))


@pytest.mark.usefixtures("headless")
def test_headless_warns_once_and_writes_nothing(capfd):
    window = Window()
    with pytest.warns(UserWarning, match=r"\(there is no display\)") as caught:
        window.show(scene(1.5))
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        window.show(scene(2.5))
        window.close()
    assert capfd.readouterr() == ("", "")


def test_a_display_that_does_not_answer_warns_once(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":93817")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    window = Window()
    with pytest.warns(UserWarning, match="no window can be opened"):
        window.show(scene(1.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        window.show(scene(1.5))


@pytest.mark.usefixtures("headless")
def test_the_environment_goes_on_without_a_window():
    env = tradegym.make(render_mode="human")
    with pytest.warns(UserWarning, match="no window"):
        env.reset(seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            env.step(0)
            assert env.render() is None
        env.reset(seed=1)
    env.close()


def test_a_window_shows_each_scene(toolkit):
    window = Window(Look(size_human=(6, 3), dpi=50))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        window.show(scene(2.8))
        canvas = toolkit[-1]
        first = np.asarray(canvas.buffer_rgba()).copy()
        window.show(scene(1.2))
    assert toolkit[1:] == ["tradegym", "show", canvas, canvas]
    second = np.asarray(canvas.buffer_rgba())
    assert first.shape == (150, 300, 4)
    assert (first != second).any()
    assert len(np.unique(second)) > 20
    window.close()
    window.close()
    assert toolkit[5:] == ["destroy"]
    window.show(scene(1.2))
    assert len(toolkit) == 6


def test_a_window_that_the_user_closed_stays_closed(toolkit):
    window = Window()
    window.show(scene(2.8))
    canvas = toolkit[-1]
    canvas.callbacks.process("close_event", None)
    window.show(scene(1.2))
    window.close()
    assert toolkit[-1] is canvas


def test_pyplot_and_the_settings_have_no_part_in_it():
    code = (
        "import sys, warnings, matplotlib, numpy as np; warnings.simplefilter('ignore');"
        "from tradegym.envs.rendering import Scene, Window;"
        "before = matplotlib.get_backend(auto_select=False);"
        "Window().show(Scene(window=np.ones((3, 4))));"
        "assert matplotlib.get_backend(auto_select=False) == before;"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    environment = {"PATH": "", "HOME": "/nonexistent", "DISPLAY": ":93817"}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
