"""An agent's trades at random times."""

import dataclasses

import numpy as np
import pytest

from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.experiments.agents.random_trades import Habits, draw_positions, habits_of
from tradegym.experiments.agents.rules import make_rule
from tradegym.experiments.evaluation import compare


def runs(positions):
    """Direction and length of each stretch with a position."""
    found, before = [], 0
    for position in positions.tolist():
        if position and position == before:
            found[-1][1] += 1
        elif position:
            found.append([position, 1])
        before = position
    return sorted(map(tuple, found))


def habits(lengths, directions):
    return Habits(np.array(directions), np.array(lengths), 0.5)


def test_number_lengths_and_directions_are_kept_and_times_are_not():
    made = habits([3, 1, 7, 2], [1, -1, 1, 1])
    rng = np.random.default_rng(0)
    drawn = [draw_positions(made, 60, 1, rng) for _ in range(50)]
    assert all(runs(one) == [(-1, 1), (1, 2), (1, 3), (1, 7)] for one in drawn)
    assert len({one.tobytes() for one in drawn}) == 50
    # 13 of 60 decisions are invested, each of them about equally often
    share = np.mean([one != 0 for one in drawn], axis=0)
    assert share[15:45].mean() == pytest.approx(13 / 60, abs=0.05)


def test_every_placement_is_equally_likely():
    rng = np.random.default_rng(1)
    counts = np.zeros(5)
    for _ in range(5000):
        counts[np.argmax(draw_positions(habits([2], [1]), 6, 1, rng) == 1)] += 1
    assert counts == pytest.approx(np.full(5, 1000), rel=0.15)


def test_a_decision_of_several_bars_holds_as_long():
    drawn = draw_positions(habits([7], [1]), 20, 3, np.random.default_rng(0))
    assert runs(drawn) == [(1, 3)]


@pytest.mark.parametrize("decisions", [0, 1, 2, 9, 10])
def test_what_does_not_fit_is_shortened_or_left_out(decisions):
    made = habits([50, 1, 1, 1, 1], [1] * 5)
    drawn = draw_positions(made, decisions, 1, np.random.default_rng(0))
    assert len(drawn) == decisions
    assert len(runs(drawn)) == min(5, (decisions + 1) // 2)


def test_no_trades_are_no_positions():
    drawn = draw_positions(habits([], []), 10, 1, np.random.default_rng(0))
    assert not drawn.any()


def test_habits_of_a_record(make_record):
    record = make_record(200, seed=4, trade_share=0.1)
    record = dataclasses.replace(record, trades=record.trades.assign(asset="sp500"))
    (found,) = habits_of(record)
    assert found.bars.tolist() == record.trades["bars"].tolist()
    assert found.directions.tolist() == record.trades["direction"].tolist()
    held = record.bars["position"] != 0
    assert found.weight == pytest.approx(record.bars["exposure"][held].mean())


def test_it_trades_as_often_as_the_agent_with_the_same_costs():
    names = "eval.baselines=[buy_and_hold,random_trades]"
    resolved = resolve(["split.train=0.1", "split.validation=0.05", names, "eval.random_draws=3"])
    builder = EnvBuilder(resolved)
    found = compare(make_rule("sma_cross"), builder, resolved.config, "validation")
    drawn = found.baselines["random_trades"]
    assert drawn.draws == 3
    assert drawn.metrics.trades == found.agent.metrics.trades > 0
    assert drawn.metrics.mean_holding == pytest.approx(found.agent.metrics.mean_holding, abs=1)
    assert drawn.metrics.commission == pytest.approx(found.agent.metrics.commission, rel=0.3)
    assert drawn.spread.total_return > 0
    assert found.spreads().keys() == {"random_trades"}
    again = compare(make_rule("sma_cross"), builder, resolved.config, "validation")
    assert again.metrics() == found.metrics()


def test_an_agent_without_trades_is_drawn_once():
    resolved = resolve(
        ["split.train=0.1", "split.validation=0.05", "eval.baselines=[random_trades]"]
    )
    found = compare(make_rule("flat"), EnvBuilder(resolved), resolved.config, "validation")
    drawn = found.baselines["random_trades"]
    assert (drawn.draws, drawn.spread, drawn.metrics.total_return) == (1, None, 0.0)
