import dataclasses

import numpy as np
import pandas as pd
import pytest
from episodes import episode
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from tradegym.envs.rendering import style
from tradegym.experiments.plots import (
    plot_actions,
    plot_equity,
    plot_exposure,
    plot_learning,
    plot_trades,
)

LONG_NAME = "a name that is much too long for a legend $\\frac$ " * 5


def pixels(figure):
    """The drawn picture, after checking that it is one."""
    rgb = style.to_rgb(figure)
    assert rgb.shape[1:] == (1200, 3)
    assert len(np.unique(rgb)) > 20
    return rgb


def texts(figure):
    """Everything that is written in a drawn figure."""
    from matplotlib.text import Text

    return [found.get_text() for found in figure.findobj(Text) if found.get_text()]


def curve(ax, index=0):
    return np.asarray(ax.get_lines()[index].get_ydata(), dtype=float)


def x_values(ax):
    return np.asarray(ax.get_lines()[0].get_xdata(), dtype=float)


def rows(values, key="validation/total_log_return"):
    return [{"step": 1000 * i, "key": key, "value": value} for i, value in enumerate(values)]


def test_equity_shows_every_record_and_its_return(make_record):
    agent, flat = make_record(300, seed=1), make_record(300, trade_share=0)
    figure = plot_equity(agent, {"flat": flat}, "Against flat")
    pixels(figure)
    money, drawdown = figure.axes[:2]
    equity = agent.bars["equity"].to_numpy()
    np.testing.assert_array_equal(curve(money), equity)
    np.testing.assert_array_equal(curve(money, 1), flat.bars["equity"])
    np.testing.assert_allclose(100 * curve(drawdown), -agent.bars["drawdown"], atol=1e-9)
    gain = equity[-1] / agent.start_cash - 1
    assert {"Against flat", f"agent ({gain:+.1%})", "flat (+0.0%)"} <= set(texts(figure))


def test_the_right_axis_is_the_return_of_the_left(make_record):
    figure = plot_equity(make_record(300, seed=1), {}, "Alone")
    pixels(figure)
    money = figure.axes[0]
    (right,) = money.child_axes
    low, high = (value / 10_000 - 1 for value in money.get_ylim())
    assert right.get_ylim() == pytest.approx((low, high))


def test_a_baseline_may_have_the_name_of_the_agent(make_record):
    agent = make_record(50)
    figure = plot_equity(agent, {"agent": make_record(50, trade_share=0)}, "Same name")
    assert any(text.startswith("agent (baseline)") for text in texts(figure))


def test_curves_differ_in_more_than_colour(make_record):
    flat = make_record(50, trade_share=0)
    figure = plot_equity(make_record(50), {f"b{i}": flat for i in range(6)}, "Many")
    pixels(figure)
    lines = figure.axes[0].get_lines()[:7]
    assert len({to_hex(line.get_color()) for line in lines}) == 7
    assert len({str(vars(line)["_dash_pattern"]) for line in lines}) == 7


def test_many_long_names_leave_room_for_the_panels(make_record):
    flat = make_record(50, trade_share=0)
    figure = plot_equity(make_record(50), {f"{i} {LONG_NAME}": flat for i in range(8)}, LONG_NAME)
    pixels(figure)
    legend = figure.legends[0].get_window_extent()
    panel = figure.axes[0].get_window_extent()
    assert legend.x1 <= 1200
    assert legend.y0 > panel.y1
    assert panel.height > 200


def test_ruin_is_named_and_its_drawdown_ends_at_everything(record_of):
    figure = plot_equity(record_of(np.linspace(100, -20, 30)), {}, "Ruin")
    pixels(figure)
    assert "agent (ruined)" in texts(figure)
    assert curve(figure.axes[1]).min() == -1.0
    assert curve(figure.axes[0]).min() == -20.0


def test_trades_marks_every_fill_at_its_price(make_record):
    record = make_record(400, seed=2, trade_share=0.1)
    figure = plot_trades(record, "Trades")
    pixels(figure)
    lines = figure.axes[0].get_lines()
    marked = [line for line in lines if line.get_marker() in ("^", "v", "X")]
    prices = np.sort(np.concatenate([line.get_ydata() for line in marked]))
    filled = record.orders[record.orders["filled"] > 0]
    np.testing.assert_array_equal(prices, np.sort(filled["price"]))
    opened = filled["kind"].isin(["entry", "reversal"])
    buys = int((opened & (filled["side"] == "buy")).sum())
    refused = int((record.orders["status"] == "Margin").sum())
    assert {f"buy to open ({buys})", f"refused order ({refused})"} <= set(texts(figure))


def test_trades_shades_the_bars_that_hold_a_position(make_record):
    record = make_record(60, trade_share=0)
    position = np.zeros(60)
    position[10:20], position[30:31] = 2.0, -1.0
    record = dataclasses.replace(record, bars=record.bars.assign(position=position))
    figure = plot_trades(record, "Shades")
    pixels(figure)
    at = x_values(figure.axes[0])
    shades = [c for c in figure.axes[0].collections if isinstance(c, PolyCollection)]
    spans = [np.asarray(path.vertices)[:, 0] for shade in shades for path in shade.get_paths()]
    edges = [(span.min(), span.max()) for span in spans]
    assert edges == [(at[9], at[19]), (at[29], at[30])]


@pytest.mark.parametrize("bars", [1, 2, 3])
@pytest.mark.parametrize("trade_share", [0.0, 1.0])
def test_short_episodes_can_be_drawn(make_record, bars, trade_share):
    record = make_record(bars, freq="h", trade_share=trade_share)
    for figure in (
        plot_equity(record, {"same": record}, "Short"),
        plot_trades(record, "Short"),
        plot_actions(record, "Short"),
        plot_exposure(record, "Short"),
    ):
        pixels(figure)


def test_actions_counts_decisions_in_the_order_of_the_space(make_record):
    record = make_record(400, seed=2, trade_share=0.3)
    figure = plot_actions(record, "Actions")
    pixels(figure)
    bars = [bar for bar in figure.axes[0].patches if isinstance(bar, Rectangle)]
    widths = [bar.get_width() for bar in bars]
    chosen = record.bars["action"].dropna()
    assert widths == [(chosen == number).sum() for number in range(4)]
    assert sum(widths) == 398
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        *record.action_names
    ]


def test_one_action_and_an_action_without_a_name(make_record):
    record = make_record(100, trade_share=0)
    one = plot_actions(dataclasses.replace(record, action_names=("hold",)), "One")
    pixels(one)
    assert "98  (100.0%)" in texts(one)
    unnamed = plot_actions(dataclasses.replace(record, action_names=()), "None")
    assert "action 0" in texts(unnamed)


def test_no_decision_is_said(make_record):
    figure = plot_actions(make_record(2), "None")
    pixels(figure)
    assert "No decisions" in texts(figure)


def test_learning_marks_the_best_and_of_equals_the_later():
    figure = plot_learning(rows([0.1, 0.3, None, 0.3, float("nan"), 0.2]), "Learning")
    pixels(figure)
    stars = [line for line in figure.axes[0].get_lines() if line.get_marker() == "*"]
    assert [np.asarray(star.get_xydata()).tolist() for star in stars] == [[[3000, 0.3]]]
    assert "6 evaluations · best +0.3000 at step 3,000" in texts(figure)


def test_learning_follows_the_direction_of_the_metric():
    key = "validation/annual_volatility"
    figure = plot_learning(rows([0.3, 0.1, 0.2], key), "Risk", key)
    assert "3 evaluations · best 10.00% at step 1,000" in texts(figure)


def test_learning_takes_only_its_key_and_sorts_by_step():
    mixed = [*reversed(rows([1.0, 2.0], "mine")), *rows([9.0], "other")]
    figure = plot_learning(mixed, "Mine", "mine")
    pixels(figure)
    assert (x_values(figure.axes[0]).tolist(), curve(figure.axes[0]).tolist()) == (
        [0, 1000],
        [1, 2],
    )


@pytest.mark.parametrize("values", [[], [None], [float("nan")] * 3])
def test_learning_without_a_value_says_so(values):
    figure = plot_learning(rows(values), "Nothing")
    pixels(figure)
    assert "No evaluation with a defined value yet" in texts(figure)


def test_the_same_record_gives_the_same_pixels(make_record):
    first, second = (plot_trades(make_record(100, seed=5), "Same") for _ in range(2))
    np.testing.assert_array_equal(pixels(first), pixels(second))


ASSETS = ("sp500", "nasdaq", "gold", "oil", "euro", "yen", "bond")


def with_choices(assets, names, chosen):
    """A record of joint trading in which each asset's choices were ``chosen``."""
    record = episode(len(chosen), assets=assets)
    columns = {f"action_{name}": pd.array(chosen, dtype="Int64") for name in assets}
    return dataclasses.replace(record, bars=record.bars.assign(**columns), action_names=names)


@pytest.mark.parametrize(("n_assets", "panels"), [(1, 2), (2, 3), (5, 6), (7, 7)])
def test_trades_has_a_panel_for_each_asset_up_to_six_and_one_for_what_is_held(n_assets, panels):
    record = episode(150, seed=2, assets=ASSETS[:n_assets], share=0.1)
    figure = plot_trades(record, "Trades")
    pixels(figure)
    assert len(figure.axes) == panels
    for ax, asset in zip(figure.axes[:-1], record.assets, strict=False):
        np.testing.assert_array_equal(curve(ax), record.of(asset)["close"])
        marked = [line for line in ax.get_lines() if line.get_linestyle() == "None"]
        filled = record.orders[(record.orders["asset"] == asset) & (record.orders["filled"] > 0)]
        prices = np.concatenate([np.asarray(line.get_ydata()) for line in marked])
        np.testing.assert_array_equal(np.sort(prices), np.sort(filled["price"]))
        if n_assets > 1:
            assert ax.get_ylabel() == asset
    said = any("first 6 of 7 assets" in text for text in texts(figure))
    assert said == (n_assets == 7)


def test_the_fills_of_all_assets_are_in_one_legend():
    record = episode(200, seed=2, assets=ASSETS[:2], share=0.1)
    figure = plot_trades(record, "Trades")
    filled = record.orders[record.orders["filled"] > 0]
    opened = filled["kind"].isin(["entry", "reversal"]) & (filled["side"] == "buy")
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert f"buy to open ({int(opened.sum())})" in shown
    assert len(shown) == len(set(shown))


def test_joint_actions_are_shares_of_each_asset():
    names = ("hold", "buy", "close")
    record = with_choices(("a", "b"), names, [0, 0, 0, 1, 1, 2, pd.NA, 0, pd.NA, 1])
    figure = plot_actions(record, "Joint")
    pixels(figure)
    bars = [bar for bar in figure.axes[0].patches if isinstance(bar, Rectangle)]
    assert [bar.get_width() for bar in bars] == [4 / 8] * 2 + [3 / 8] * 2 + [1 / 8] * 2
    assert [bar.get_x() for bar in bars] == pytest.approx([0.0] * 2 + [4 / 8] * 2 + [7 / 8] * 2)
    assert {"50%", "38%", "12%", "a", "b", *names} <= set(texts(figure))
    assert any("8 decisions" in text for text in texts(figure))


def test_every_choice_of_a_long_list_has_a_colour_of_its_own():
    pairs = [f"{side} {a}%/{b}%" for side in ("long", "short") for a in (1, 2) for b in (2, 5, 9)]
    names = ("hold", "close", *pairs)
    record = with_choices(("a", "b", "c"), names, list(range(14)))
    figure = plot_actions(record, "Many")
    pixels(figure)
    colors = [to_hex(patch.get_facecolor()) for patch in figure.legends[0].get_patches()]
    assert len(set(colors)) == len(colors) == 14
    alone = dataclasses.replace(
        record, assets=("a",), bars=record.bars.rename(columns={"action_a": "action"})
    )
    labels = [tick.get_text() for tick in plot_actions(alone, "One").axes[0].get_yticklabels()]
    assert labels == list(names)


@pytest.mark.parametrize("assets", [ASSETS[:1], ASSETS[:2], ASSETS[:5]])
def test_weights_are_stacked_to_everything(assets):
    record = episode(60, assets=assets, weights=True)
    figure = plot_actions(record, "Weights")
    pixels(figure)
    areas = [area for area in figure.axes[0].collections if isinstance(area, PolyCollection)]
    assert len(areas) == len(assets) + 1
    top = max(path.vertices[:, 1].max() for path in areas[-1].get_paths())
    assert top == pytest.approx(1.0)
    assert {*assets, "cash"} <= set(texts(figure))
    assert any("6 decisions" in text for text in texts(figure))


def test_exposure_is_drawn_with_its_mean():
    record = episode(100, seed=1, assets=ASSETS[:3], share=0.2)
    figure = plot_exposure(record, "Exposure")
    pixels(figure)
    np.testing.assert_array_equal(curve(figure.axes[1]), record.bars["exposure"])
    assert f"mean {record.bars['exposure'].mean():.1%}" in texts(figure)
    assert set(record.assets) <= set(texts(figure))


def test_equity_of_several_assets_names_them():
    record = episode(80, assets=ASSETS[:5])
    figure = plot_equity(record, {"other": episode(80, 1, assets=ASSETS[:5])}, "Five")
    pixels(figure)
    np.testing.assert_array_equal(curve(figure.axes[0]), record.bars["equity"])
    assert any("sp500, nasdaq, gold, oil and 1 more" in text for text in texts(figure))
