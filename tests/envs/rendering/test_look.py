"""Sizes, resolution and colours: from the configuration to the pixels."""

import numpy as np
import pytest
from episodes import episode
from matplotlib.colors import to_rgb

import tradegym
from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.rendering import Look, look_of, render_episode, render_human, render_state
from tradegym.envs.rendering.palette import DARK, LIGHT, is_dark, mix, palette_of_style


def look(*overrides):
    return look_of(resolve([f"render.{one}" for one in overrides]).config.render)


def share(rgb, color):
    wanted = np.round(np.array(to_rgb(color)) * 255)
    return float(np.mean(np.all(rgb == wanted, axis=2)))


@pytest.fixture(scope="module")
def record():
    return episode(120, 2, share=0.1)


def test_the_packaged_values_are_the_default_look():
    assert look() == Look()


def test_sizes_are_inches_times_dpi(record):
    chosen = look("size_episode=[6,5]", "size_human=[5,3]", "size_state=[4,2]", "dpi=50")
    assert render_episode(record, chosen).shape == (250, 300, 3)
    assert render_human(np.ones((3, 4)), look=chosen).shape == (150, 250, 3)
    assert render_state(np.ones((3, 2)), "x", look=chosen).shape == (100, 200, 3)


def test_dpi_alone_keeps_the_layout(record):
    coarse, fine = render_episode(record, look("dpi=50")), render_episode(record, look("dpi=100"))
    assert (2 * coarse.shape[0], 2 * coarse.shape[1]) == fine.shape[:2]
    halved = fine.reshape(520, 2, 600, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - coarse).mean() < 6


@pytest.mark.parametrize("size", ["[2,2]", "[2,12]", "[12,2]"])
def test_the_smallest_sizes_can_be_drawn(size, record):
    chosen = look(f"size_episode={size}", f"size_human={size}", f"size_state={size}")
    render_episode(record, chosen)
    render_human(np.ones((3, 4)), look=chosen)
    render_state(np.ones((3, 2)), "x", look=chosen)
    render_state(np.ones((3, 20)), "x", look=chosen)


def test_colours_appear(record):
    chosen = look("colors.equity=magenta", "colors.background='#0F1E2D'", "colors.up=lime")
    rgb = render_episode(record, chosen)
    assert share(rgb, "magenta") > 0.0005
    assert share(rgb, "#0F1E2D") > 0.3
    assert share(rgb, mix("lime", "#0F1E2D", 0.145)) > 0.005
    assert share(rgb, LIGHT.equity) == 0


def test_the_drawdown_has_the_colour_of_the_equity_unless_it_has_its_own():
    assert look("colors.equity=magenta").palette.drawdown == "#ff00ff"
    assert look("colors.equity=magenta", "colors.drawdown=lime").palette.drawdown == "#00ff00"


def test_themes(record):
    assert share(render_episode(record, look("theme=dark")), DARK.background) > 0.3
    assert share(render_episode(record, look("theme=light")), LIGHT.background) > 0.3
    assert (look().palette, look().dark_palette) == (LIGHT, DARK)
    assert look("theme=light").dark_palette == LIGHT
    assert look("theme=dark").palette == DARK


def test_a_style_of_matplotlib_gives_its_colours(record):
    rgb = render_episode(record, look("style=ggplot"))
    assert share(rgb, "#E5E5E5") > 0.2  # ggplot's panels
    assert is_dark(look("style=dark_background").palette.background)
    assert not look("style=classic").palette.has_grid


def test_every_style_of_matplotlib_has_a_palette():
    from matplotlib.style import available

    for name in available:
        palette = palette_of_style(name)
        assert len(palette.accents) > 0
        assert palette.ink != palette.background


def test_a_style_leaves_matplotlib_as_it_is(record):
    import matplotlib

    before = dict(matplotlib.rcParams)
    render_episode(record, look("style=ggplot"))
    assert dict(matplotlib.rcParams) == before


def test_a_state_is_drawn_as_the_look_says():
    values = np.random.default_rng(0).uniform(1, 2, (30, 9))
    by_number = render_state(values, "x")
    np.testing.assert_array_equal(render_state(values, "x", look=Look(as_image=True)), by_number)
    lines = render_state(values, "x", look=Look(as_image=False))
    assert share(lines, "white") > 0.6 > 0.5 > share(by_number, "white")
    as_image = render_state(values[:, :2], "x", look=look("state_as_image=true"))
    assert share(as_image, "white") < 0.5


def test_the_colour_map_is_used():
    from matplotlib import colormaps

    values = np.zeros((10, 9))
    values[:, 0], values[:, 1] = 1.0, -1.0
    rgb = render_state(values, "x", look=look("colormap=PRGn"))
    assert share(rgb, colormaps["PRGn"](1.0)[:3]) > 0.02
    assert share(rgb, colormaps["PRGn"](0.0)[:3]) > 0.02


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("style=seaborn", "render.style: 'seaborn' is not known; allowed: tradegym, "),
        ("style=seaborn", "; did you mean 'seaborn-v0_8'?"),
        ("style=tradegim", "; did you mean 'tradegym'?"),
        ("colormap=viridi", "render.colormap: 'viridi' is not known"),
        ("colormap=viridi", "; did you mean 'viridis'?"),
        ("colors.up=gren", "render.colors.up: 'gren' is not a colour; did you mean 'green'?"),
        (
            "size_human=[1,5]",
            "render.size_human: [1, 5] is too small or too large; allowed: [width",
        ),
        ("size_human=[5]", "render.size_human: [5] is not a size"),
        ("size_human=wide", "render.size_human: 'wide' is not a size"),
        ("dpi=5", "render.dpi: 5 is out of range; allowed: >= 30 and <= 600"),
        ("theme=drak", "did you mean 'dark'?"),
        ("state_as_image=maybe", "render.state_as_image: 'maybe' is not true or false"),
    ],
)
def test_mistakes_are_one_line(override, line):
    with pytest.raises(UserError) as error:
        resolve([f"render.{override}"])
    assert line in str(error.value)
    assert "\n" not in str(error.value)


def test_a_theme_is_not_combined_with_a_style():
    with pytest.raises(UserError, match=r"render\.theme: not used with render\.style=ggplot"):
        resolve(["render.style=ggplot", "render.theme=dark"])


def test_flat_names_of_make():
    names = {
        "render_size_human": (6, 3.5),
        "render_dpi": 80,
        "render_plotstyle": "ggplot",
        "render_cmap": "PRGn",
        "render_state_as_image": True,
        "render_color_up": "green",
    }
    env = tradegym.make(render_mode="rgb_array", **names)
    env.reset(seed=0)
    rgb = env.render()
    assert rgb.shape == (280, 480, 3)
    assert share(rgb, "#E5E5E5") > 0.2
    with pytest.raises(UserError, match="did you mean 'render_dpi'"):
        tradegym.make(render_dp=80)
