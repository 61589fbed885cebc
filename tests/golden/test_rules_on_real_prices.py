"""Every number of fixed rules on real prices; a change of any of them is a change of behaviour.

The expected values were written by this test after the parity
tests had shown that the accounts equal plain backtrader's. Run this file as a script to write
them anew, and say in the changelog why they changed.
"""

import json
from pathlib import Path

import pytest

from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.evaluation import evaluate

FILE = Path(__file__).with_name("rules.json")
CASES = {
    f"{dataset}-{engine}-{rule}": (dataset, engine, rule)
    for dataset in ("sp500", "nasdaq")
    for engine in ("standard", "costly")
    for rule in ("buy_and_hold", "flat", "sma_cross", "random", "volatility_target")
}
OVERRIDES = {
    "standard": ["engine=standard"],
    "costly": ["engine=standard", "engine.spread=1", "engine.slip_perc=0.0005", "engine.latency=1",
               "engine.leverage=2", "engine.equity_fraction=0.9", "strategy.skip_frame=3"],
}  # fmt: skip


def measure(case):
    dataset, engine, rule = CASES[case]
    builder = EnvBuilder(resolve([f"dataset={dataset}", *OVERRIDES[engine]]))
    settings = RuleSettings(latency=1 if engine == "costly" else 0, seed=7)
    evaluation = evaluate(make_rule(rule, settings), builder, "test")
    bars = evaluation.record.bars
    return {
        **evaluation.metrics.as_dict(),
        "reward": float(bars["reward"].sum()),
        "mean_equity": float(bars["equity"].mean()),
        "orders": len(evaluation.record.orders),
        "reason": evaluation.record.reason,
    }


@pytest.mark.parametrize("case", CASES)
def test_unchanged(case):
    expected = json.loads(FILE.read_text())[case]
    measured = measure(case)
    assert measured.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, float):
            assert measured[key] == pytest.approx(value, rel=1e-9, abs=1e-9), key
        else:
            assert measured[key] == value, key


if __name__ == "__main__":
    FILE.write_text(json.dumps({case: measure(case) for case in CASES}, indent=1) + "\n")
