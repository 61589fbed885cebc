"""The audit looks at the compiled engine as well, where training would step it."""

from dataclasses import replace

import numpy as np
import pytest

from tradegym.conf.resolve import resolve
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.engines.compiled import batch
from tradegym.experiments.audit.audit import run_audit
from tradegym.experiments.reporter import SilentReporter

SMALL = ["audit.cuts=2", "audit.bars=12", "engine.backend=compiled"]


def audit(*overrides):
    return run_audit(resolve([*SMALL, *overrides], None, {}), reporter=SilentReporter())


def rolled(market):
    """Return a market whose prices come a bar too early."""
    bars = np.roll(market.dataset.ohlcv, -1, axis=0)
    one = market.dataset
    early = Dataset.from_checked(one.name, one.times.copy(), bars, one.assets)
    return replace(market, dataset=early, kept={})


@pytest.mark.parametrize("strategy", ["btgym", "position"])
def test_nothing_is_found_where_nothing_is(strategy):
    found = audit(f"strategy={strategy}")
    assert found.status == "passed"
    assert "engines" in [check.name for check in found.checks]


def test_tomorrows_prices_in_the_compiled_engine_are_found(monkeypatch):
    true = batch.BatchSource

    def source(market, *args, **kwargs):
        return true(rolled(market), *args, **kwargs)

    monkeypatch.setattr(batch, "BatchSource", source)
    found = audit("strategy=btgym")
    failed = {check.name: check.findings for check in found.checks if not check.passed}
    assert {"engines", "perturb"} <= failed.keys()
    assert any("compiled engine" in one.detail for one in failed["perturb"])
    assert any(one.where.startswith("state: raw") for one in failed["perturb"])


def test_other_costs_in_the_compiled_engine_are_found(monkeypatch):
    true = batch.make_program

    def dear(market, *args, **kwargs):
        program = true(market, *args, **kwargs)
        assets = program.shared.assets.copy()
        assets["commission"] *= 2.0
        return replace(program, shared=program.shared._replace(assets=assets))

    monkeypatch.setattr(batch, "make_program", dear)
    found = audit("strategy=btgym")
    failed = {check.name: check.findings for check in found.checks if not check.passed}
    assert failed["engines"][0].where == "account: cash"


def test_backtrader_alone_is_audited_where_it_trains():
    found = audit("strategy=btgym", "engine.backend=backtrader")
    assert "engines" not in [check.name for check in found.checks]
