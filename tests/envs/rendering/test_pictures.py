import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from tradegym.conf.errors import UserError
from tradegym.envs.curves import drawdowns, equity_curve
from tradegym.envs.rendering import (
    RENDERERS,
    Scene,
    render,
    render_episode,
    render_human,
    render_state,
    save_png,
    style,
    ticks,
)
from tradegym.envs.rendering.human import human_figure
from tradegym.envs.rendering.state import state_figure


def assert_picture(rgb):
    assert rgb.dtype == np.uint8
    assert rgb.shape[1:] == (1200, 3)
    assert rgb.flags.owndata
    assert len(np.unique(rgb)) > 20


def painted(rgb, color, off=0):
    """How many pixels have this colour, up to a difference per channel (for thin lines)."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return int(np.sum(np.all(np.abs(rgb.astype(int) - wanted) <= off, axis=2)))


def ohlc(record):
    return record.bars[["open", "high", "low", "close"]].to_numpy(copy=True)


def test_episode_shows_price_position_and_equity(make_record):
    rgb = render_episode(make_record(300, seed=1))
    assert_picture(rgb)
    for color in (style.PRICE, style.LONG_SHADE, style.SHORT_SHADE, style.BLUE):
        assert painted(rgb, color) > 100


def test_episode_without_trades_has_no_shading(make_record):
    rgb = render_episode(make_record(300, trade_share=0))
    assert_picture(rgb)
    assert painted(rgb, style.LONG_SHADE) == painted(rgb, style.SHORT_SHADE) == 0


@pytest.mark.parametrize("bars", [1, 2, 3])
@pytest.mark.parametrize("trade_share", [0.0, 1.0])
def test_short_episodes_can_be_drawn(make_record, bars, trade_share):
    assert_picture(render_episode(make_record(bars, freq="min", trade_share=trade_share)))


def test_a_ruined_episode_and_an_odd_name_can_be_drawn(record_of):
    record = dataclasses.replace(record_of(np.linspace(100, -20, 30)), assets=("$x\\frac_{" * 20,))
    assert_picture(render_episode(record))


def test_candles_of_rising_and_falling_bars_differ():
    up = render_human(np.array([[10, 12, 9, 11.5]] * 5))
    down = render_human(np.array([[11.5, 12, 9, 10]] * 5))
    assert_picture(up)
    assert painted(up, style.SHORT, 60) == 0 < painted(up, style.LONG, 60)
    assert painted(down, style.LONG, 60) == 0 < painted(down, style.SHORT, 60)


@pytest.mark.parametrize("bars", [1, 3, 30, 300])
@pytest.mark.parametrize("with_times", [True, False])
def test_windows_of_any_length_can_be_drawn(make_record, bars, with_times):
    record = make_record(bars)
    times = record.bars["time"].dt.tz_localize(None).to_numpy() if with_times else None
    assert_picture(render_human(ohlc(record), times))


def test_padding_of_a_window_is_left_out(make_record):
    window = ohlc(make_record(30))
    window[:10] = np.nan
    assert_picture(render_human(window))
    assert_picture(render_human(np.full((5, 4), np.nan)))


@pytest.mark.parametrize("shape", [(4,), (5, 3), (2, 5, 3), (2, 2, 2, 4)])
def test_a_window_that_is_not_ohlc_is_refused(shape):
    with pytest.raises(ValueError, match="OHLC"):
        render_human(np.ones(shape))


def test_several_assets_have_a_panel_each_up_to_six():
    window = np.random.default_rng(0).uniform(10, 11, (20, 8, 4))
    names = [f"asset {i}" for i in range(8)]
    figure = human_figure(window, assets=names)
    assert len(figure.panels) == 6
    assert [ax.texts[0].get_text() for ax in figure.panels] == names[:6]
    assert any("8 assets · the first 6 are drawn" in text.get_text() for text in figure.texts)
    assert_picture(render_human(window, assets=names))
    with pytest.raises(ValueError, match="2 names for 8 assets"):
        human_figure(window, assets=names[:2])


def test_times_of_another_length_are_refused():
    with pytest.raises(ValueError, match="2 times for 3 bars"):
        render_human(np.ones((3, 4)), np.array(["2020-01-01", "2020-01-02"], dtype="datetime64"))


@pytest.mark.parametrize(
    "shape",
    [(30, 1), (30, 3), (30, 7), (30, 8), (30, 64), (1, 2), (1, 9), (5,), (), (0, 3), (0, 9)],
)
def test_states_of_any_shape_can_be_drawn(shape):
    values = np.random.default_rng(0).normal(size=shape)
    assert_picture(render_state(values, "features"))


def test_a_state_without_columns_or_without_finite_values_can_be_drawn():
    for values in (np.zeros((4, 0)), np.full((4, 3), np.nan), np.full((4, 9), np.inf)):
        assert_picture(render_state(values, "odd"))


def test_few_columns_are_curves_and_many_an_image():
    values = np.random.default_rng(0).normal(size=(30, 8))
    curves, image = render_state(values[:, :7], "x"), render_state(values, "x")
    # an image paints the panel, curves leave it white
    assert painted(curves, "#ffffff") > 0.8 * curves[..., 0].size > 2 * painted(image, "#ffffff")


def test_the_state_given_is_not_changed():
    values = np.array([[np.inf, 1.0], [2.0, 3.0]])
    before = values.copy()
    render_state(values, "x")
    np.testing.assert_array_equal(values, before)


def test_a_state_of_three_dimensions_is_drawn_as_groups_of_columns():
    values = np.random.default_rng(0).normal(size=(30, 2, 3))
    drawn = state_figure(values, "x", ["a", "b", "c"])
    lines = [line for ax in drawn.panels for line in ax.lines]
    np.testing.assert_array_equal(lines[4].get_ydata(), values[:, 1, 1])
    names = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert set(names) == {"0 a", "0 b", "0 c", "1 a", "1 b", "1 c"}


def test_a_state_of_four_dimensions_or_with_wrong_names_is_refused():
    with pytest.raises(ValueError, match="x: 4 dimensions"):
        render_state(np.zeros((2, 2, 2, 2)), "x")
    with pytest.raises(ValueError, match="x: 1 names for 2 columns"):
        render_state(np.zeros((2, 2)), "x", ["a"])


def test_modes_are_looked_up_in_the_registry_and_the_observation(make_record):
    record = make_record(30)
    window = ohlc(record)
    scene = Scene(record, window, None, {"raw": window}, {"raw": ("o", "h", "l", "c")})
    assert set(RENDERERS) == {"episode", "human"}
    np.testing.assert_array_equal(render("episode", scene), render_episode(record))
    np.testing.assert_array_equal(render("human", scene), render_human(window))
    np.testing.assert_array_equal(
        render("raw", scene), render_state(window, "raw", ["o", "h", "l", "c"])
    )


def test_an_unknown_mode_names_the_nearest():
    scene = Scene(observation={"features": np.zeros((2, 2))})
    with pytest.raises(
        UserError, match=r"'feature' is unknown; .*did you mean 'features'"
    ) as error:
        render("feature", scene)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("mode", "part"), [("episode", "no episode"), ("human", "no bars")])
def test_a_mode_without_its_data_is_refused(mode, part):
    with pytest.raises(UserError, match=part):
        render(mode, Scene())


def test_a_saved_picture_has_the_same_pixels(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    path = tmp_path / "new" / "picture.png"
    save_png(rgb, path)
    np.testing.assert_array_equal(np.round(imread(path)[..., :3] * 255).astype(np.uint8), rgb)


def test_a_picture_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write the picture"):
        save_png(np.zeros((2, 2, 3), dtype=np.uint8), tmp_path / "file" / "picture.png")


def test_drawing_does_not_import_pyplot():
    code = (
        "import sys, numpy as np; from tradegym.envs.rendering import render_human;"
        "render_human(np.ones((3, 4))); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_curve_begins_with_the_start_money(record_of):
    np.testing.assert_array_equal(equity_curve(record_of([100, 90])), [100, 90])
    np.testing.assert_array_equal(equity_curve(record_of([95, 90], start=100.0)), [100, 95, 90])


def test_drawdowns_are_measured_from_the_start_and_end_at_everything():
    found = drawdowns(np.array([90.0, 120.0, 60.0, -10.0]), 100.0)
    np.testing.assert_allclose(found, [-0.1, 0.0, -0.5, -1.0])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.8, "1,234,568"),
        (12.5, "12.50"),
        (100.0, "100"),
        (0.00012345, "0.0001234"),
        (-0.0, "0"),
        (2.5e12, "2.5e+12"),
    ],
)
def test_numbers_are_short(value, text):
    assert ticks.number(value) == text


def test_long_text_loses_its_middle_and_no_text_is_mathtext():
    assert style.plain("abc\n  def") == "abc def"
    assert style.plain("$x$") == r"\$x\$"
    short = style.plain("begin " + "x" * 200 + " end", 20)
    assert len(short) == 20
    assert short.startswith("begin")
    assert short.endswith("end")
