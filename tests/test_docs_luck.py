"""docs/luck.md names every statistic, every case and every part of luck.json."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

from tradegym.experiments import luck
from tradegym.experiments.luck.verdict import CASES

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "luck.md").read_text(encoding="utf-8")


def statistics():
    """Public functions of the package that give a source: every one is a statistic."""
    for info in pkgutil.iter_modules(luck.__path__):
        module = importlib.import_module(f"{luck.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            documented = inspect.getdoc(function) or ""
            if function.__module__ == module.__name__ and "References\n---" in documented:
                yield name


def test_every_statistic_is_named():
    names = set(statistics())
    assert {"probabilistic_sharpe", "pbo", "iqm", "superiority", "t_interval"} <= names
    assert [name for name in sorted(names) if f"`{name}`" not in TEXT] == []


def test_every_case_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)` \|", TEXT, flags=re.MULTILINE)
    assert set(rows) >= {case.name for case in CASES}


def test_every_function_that_is_named_exists():
    source = "".join(path.read_text() for path in Path(luck.__file__).parent.glob("*.py"))
    calls = re.findall(r"`((?:min|sharpe|block|headline|deflated|stratified)_[a-z_]+)`", TEXT)
    fields = {"min_backtest_years", "sharpe_per_bar"}
    assert len(calls) > 10
    for name in set(calls) - fields:
        assert f"def {name}(" in source, name


def test_every_part_of_the_file_is_named():
    for part in ("verdict", "case", "agent", "baselines", "intervals", "difference", "deflated"):
        assert f"`{part}`" in TEXT
    for part in ("superiority", "ledger", "variance_source", "if_every_training_counts"):
        assert f"`{part}`" in TEXT
