"""How much was invested, and in what."""

import numpy as np

from tradegym.envs.rendering.ticks import time_texts
from tradegym.experiments.report.blocks import Block, Figure, Key, missing
from tradegym.experiments.report.files import AGENT, RunFiles
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.series import STYLES, read_out, seconds
from tradegym.experiments.report.svg.chart import Chart
from tradegym.experiments.report.svg.dates import time_scale
from tradegym.experiments.report.svg.scale import percent, signed, value_scale

_MOST_ASSETS = 6


@section("exposure", "Exposure")
def exposure(run: RunFiles) -> list[Block] | None:
    """Return the share of the equity that is in the market."""
    episode = run.episodes.get(AGENT)
    gross = episode.column("exposure") if episode is not None else None
    if episode is None or gross is None:
        return None if run.is_many else [missing("Exposure", "no table of the test's bars")]
    x = seconds(episode.times)
    shares = {"all positions": gross}
    equity = episode.column("equity")
    for asset in episode.assets[:_MOST_ASSETS]:
        position, close = episode.of_asset("position", asset), episode.of_asset("close", asset)
        if position is not None and close is not None and equity is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                shares[asset] = np.where(equity > 0, position * close / equity, np.nan)
    if len(episode.assets) == 1 and len(shares) == 2:
        # One asset: the signed share says it all.
        shares = {next(reversed(shares)): shares.popitem()[1]}
    styles = dict(zip(shares, STYLES, strict=False))
    scale = value_scale(shares.values(), percent, most=4, include=(0.0,), scale=100.0)
    chart = Chart("Exposure over time", time_scale(episode.times), scale, 160)
    first = next(iter(shares))
    chart.area(x, shares[first], styles[first])
    chart.level(0.0)
    for name in reversed(shares):
        chart.line(x, shares[name], styles[name])
    texts = {
        name: (styles[name], [signed(f"{v:z.1%}") if np.isfinite(v) else "none" for v in values])
        for name, values in shares.items()
    }
    legend = tuple(Key(name, styles[name]) for name in shares) if len(shares) > 1 else ()
    return [
        Figure(
            "Percent of the equity",
            chart.svg(),
            "Market value of the positions over the equity; above 100 % is borrowed, below 0 is "
            "short.",
            legend,
            read_out(x, time_texts(episode.times), texts),
            run.picture("exposure.png"),
        )
    ]
