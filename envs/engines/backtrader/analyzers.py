"""Adds the analyzers that ``engine.analyzers`` names to a Cerebro."""

from collections.abc import Mapping
from typing import Any

import backtrader as bt

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.engine_analyzers import analyzer_specs
from tradegym.envs.imports import import_subclass
from tradegym.envs.strategies.statistics import RESERVED

_KEY = "engine.analyzers"


def add_analyzers(cerebro: bt.Cerebro, entries: Mapping[str, Any]) -> None:
    """Add the analyzers to a Cerebro, each under its name.

    Parameters
    ----------
    cerebro : backtrader.Cerebro
    entries : mapping of str to Any
        The checked value of ``engine.analyzers``. ``cls`` is ``module:Name``, or the bare name of
        one of backtrader's own; ``env.get_stat()`` has the results under the entry's name.

    Raises
    ------
    UserError
        A name is taken, there is no such analyzer, or it has no such parameter.
    """
    for spec in analyzer_specs(entries):
        if spec.name in RESERVED:
            raise UserError(
                f"{_KEY}.{spec.name}: the statistics have an entry of that name already; use "
                f"another than {', '.join(RESERVED)}"
            )
        analyzer = _find(spec.cls, f"{_KEY}.{spec.name}.cls")
        params = _check_params(analyzer, spec.params, f"{_KEY}.{spec.name}.params")
        cerebro.addanalyzer(analyzer, _name=spec.name, **params)


def _find(path: str, key: str) -> type[bt.Analyzer]:
    if ":" in path:
        return import_subclass(path, key, bt.Analyzer)
    known = {
        name: found
        for name, found in vars(bt.analyzers).items()
        if isinstance(found, type) and issubclass(found, bt.Analyzer) and found is not bt.Analyzer
    }
    if path not in known:
        raise UserError(
            f"{key}: backtrader has no analyzer '{path}'{did_you_mean(path, known)}; write "
            f"module:Name for one of your own"
        )
    return known[path]


def _check_params(
    analyzer: type[bt.Analyzer], params: Mapping[str, Any], key: str
) -> dict[str, Any]:
    """Return the parameters, checked; a time frame may be given by its name."""
    known = dict(analyzer.params._getitems())
    for name in params:
        if name not in known:
            raise UserError(
                f"{key}.{name}: {analyzer.__name__} has no such parameter"
                f"{did_you_mean(name, known)}; it has "
                f"{', '.join(sorted(known)) or 'none'}"
            )
    checked = dict(params)
    frame = checked.get("timeframe")
    if isinstance(frame, str):
        if frame not in bt.TimeFrame.Names:
            allowed = [name for name in bt.TimeFrame.Names if name]
            raise UserError(
                f"{key}.timeframe: '{frame}' is not a time frame{did_you_mean(frame, allowed)}; "
                f"allowed: {', '.join(allowed)}"
            )
        checked["timeframe"] = bt.TimeFrame.TFrame(frame)
    return checked
