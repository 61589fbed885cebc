"""What the picture of an episode shows, read from the artists that draw it."""

import itertools

import numpy as np
import pandas as pd
import pytest
from episodes import episode
from matplotlib.dates import num2date

from tradegym.envs.rendering.episode import episode_figure
from tradegym.envs.rendering.panels.fills import FILLS


def texts(figure):
    return [text.get_text() for text in figure.texts]


def legend(owner):
    found = owner.legends[0] if hasattr(owner, "legends") else owner.get_legend()
    return [text.get_text() for text in found.get_texts()]


def times(line):
    return pd.DatetimeIndex([num2date(x) for x in line.get_xdata()]).round("s")


@pytest.mark.parametrize("assets", [("sp500",), ("one", "two")])
def test_every_fill_is_marked_where_it_happened(assets):
    record = episode(300, 3, assets=assets, share=0.2)
    figure = episode_figure(record)
    kinds = {"buy to open", "sell to open", "buy to close", "sell to close", "stop-loss"}
    seen = set()
    for ax, asset in zip(figure.panels, assets, strict=False):
        orders = record.orders[record.orders["asset"] == asset]
        marked = 0
        for fill in FILLS:
            lines = [line for line in ax.lines if line.get_label() == fill.label]
            rows = orders[orders["kind"].isin(fill.kinds)]
            rows = rows[rows["side"] == fill.side] if fill.side else rows
            if not len(rows):
                assert lines == []
                continue
            (line,) = lines
            assert list(times(line)) == list(rows["executed"])
            np.testing.assert_array_equal(line.get_ydata(), rows["price"])
            assert line.get_marker() == fill.marker
            marked += len(rows)
            seen.add(fill.label)
        assert marked == len(orders)
    assert kinds <= seen
    for fill in FILLS:
        count = record.orders["kind"].isin(fill.kinds)
        count &= (record.orders["side"] == fill.side) if fill.side else True
        wanted = f"{fill.label} ({count.sum()})"
        assert (wanted in legend(figure)) == bool(count.sum())


def test_refused_orders_are_counted_and_not_drawn_as_fills(make_record):
    record = make_record(400, seed=2, trade_share=0.5)
    refused = record.orders[record.orders["status"] == "Margin"]
    assert len(refused) > 3
    figure = episode_figure(record)
    assert f"refused order ({len(refused)})" in legend(figure)
    (line,) = [one for one in figure.panels[0].lines if one.get_label() == "refused order"]
    assert list(times(line)) == list(refused["created"])


def test_reward_terms_are_summed_over_time():
    record = episode(120, terms=("log_return", "holding_cost", "drawdown"))
    ax = episode_figure(record).panels[-1]
    assert [text.split(" (")[0] for text in legend(ax)] == [
        "reward",
        "log return",
        "holding cost",
        "drawdown",
    ]
    for line, name in zip(
        ax.lines, ("reward", "reward_log_return", "reward_holding_cost"), strict=False
    ):
        np.testing.assert_allclose(line.get_ydata(), record.bars[name].cumsum())


def test_one_term_that_is_the_whole_reward_is_drawn_once():
    record = episode(50, terms=("log_return",))
    ax = episode_figure(record).panels[-1]
    assert [text.split(" (")[0] for text in legend(ax)] == ["log return"]


def test_a_reward_without_terms_can_be_drawn():
    ax = episode_figure(episode(50, terms=())).panels[-1]
    assert [text.split(" (")[0] for text in legend(ax)] == ["reward"]


def test_several_assets_have_a_price_panel_each_and_share_the_rest():
    record = episode(60, assets=("one", "two", "three"))
    figure = episode_figure(record)
    labels = [ax.get_ylabel() for ax in figure.panels]
    assert labels == ["one", "two", "three", "Held", "Equity (money)", "Drawdown", "Reward (sum)"]
    assert legend(figure.panels[3]) == ["one", "two", "three"]
    np.testing.assert_array_equal(figure.panels[1].lines[0].get_ydata(), record.bars["close_two"])


def test_of_many_assets_the_first_six_prices_are_drawn_and_the_picture_says_so():
    figure = episode_figure(episode(30, assets=tuple(f"a{i}" for i in range(8))))
    assert len(figure.panels) == 6 + 4
    assert any("prices of the first 6 of 8 assets" in text for text in texts(figure))
    assert any("a0, a1, a2, a3 and 4 more" in text for text in texts(figure))


def test_weights_are_stacked_to_one():
    record = episode(100, assets=("one", "two"), weights=True)
    ax = episode_figure(record).panels[2]
    assert legend(ax) == ["one", "two", "cash"]
    assert len(ax.collections) == 3
    tops = [area.get_datalim(ax.transData).ymax for area in ax.collections]
    lows = [area.get_datalim(ax.transData).ymin for area in ax.collections]
    assert tops == sorted(tops)
    assert tops[-1] == pytest.approx(1.0)
    assert lows[0] == 0.0


def test_short_weights_are_stacked_below_zero():
    record = episode(20, assets=("one", "two"), weights=True)
    bars = record.bars
    bars["weight_one"], bars["weight_two"], bars["weight_cash"] = -0.5, -0.25, 1.75
    ax = episode_figure(record).panels[2]
    ends = [area.get_datalim(ax.transData) for area in ax.collections]
    assert [(one.ymin, one.ymax) for one in ends] == [(-0.5, 0.0), (-0.75, -0.5), (0.0, 1.75)]
    assert ax.get_ylim()[0] < -0.75


def test_no_text_is_outside_the_picture_and_no_panel_covers_another():
    for record in (episode(300), episode(100, assets=tuple("abcdef")), episode(1, share=0)):
        figure = episode_figure(record)
        figure.canvas.draw()
        boxes = [ax.get_position() for ax in figure.panels]
        for upper, lower in itertools.pairwise(boxes):
            assert lower.y1 < upper.y0
        for text in figure.texts:
            box = text.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= figure.bbox.width
        legends = [figure.legends[0], *filter(None, (ax.get_legend() for ax in figure.panels))]
        frames = [ax.get_window_extent() for ax in figure.panels]
        for one in legends:
            box = one.get_window_extent()
            assert box.x1 <= figure.bbox.width + 1
            assert not any(box.overlaps(frame.shrunk(0.99, 0.9)) for frame in frames)


def test_ticks_of_low_panels_do_not_touch():
    figure = episode_figure(episode(100, assets=tuple("abcdef")))
    figure.canvas.draw()
    for ax in figure.panels:
        low, high = ax.get_ylim()
        shown = [one for one in ax.yaxis.get_major_ticks() if low <= one.get_loc() <= high]
        boxes = sorted((one.label1.get_window_extent() for one in shown), key=lambda box: box.y0)
        assert all(a.y1 <= b.y0 + 1 for a, b in itertools.pairwise(boxes))
