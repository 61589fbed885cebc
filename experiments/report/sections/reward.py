"""What the agent was paid for."""

import numpy as np

from tradegym.envs.rendering.ticks import time_texts
from tradegym.experiments.report.blocks import Block, Figure, Key, cells, missing, plain_table
from tradegym.experiments.report.files import AGENT, RunFiles
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.series import STYLES, read_out, seconds
from tradegym.experiments.report.svg.chart import Chart
from tradegym.experiments.report.svg.dates import time_scale
from tradegym.experiments.report.svg.scale import plain, signed, value_scale

_TERM = "reward_"


@section("reward", "Reward terms")
def reward(run: RunFiles) -> list[Block] | None:
    """Return the sum of each term so far, and a table of the sums."""
    episode = run.episodes.get(AGENT)
    total = episode.column("reward") if episode is not None else None
    if episode is None or total is None:
        return None if run.is_many else [missing("Reward terms", "no table of the test's bars")]
    names = [name for name in episode.bars.columns if name.startswith(_TERM)]
    columns = {name.removeprefix(_TERM): episode.column(name) for name in names}
    found = {name: values for name, values in columns.items() if values is not None}
    series = {"Reward": total} | (found if len(found) > 1 else {})
    series = {name: np.nancumsum(values) for name, values in series.items()}
    series = dict(list(series.items())[: len(STYLES)])
    x = seconds(episode.times)
    styles = dict(zip(series, STYLES, strict=False))
    chart = Chart(
        "Sum of the reward so far",
        time_scale(episode.times),
        value_scale(series.values(), plain, most=4, include=(0.0,)),
        160,
    )
    chart.level(0.0)
    for name in reversed(series):
        chart.line(x, series[name], styles[name])
    texts = {
        name: (styles[name], [signed(f"{value:z.4g}") for value in values])
        for name, values in series.items()
    }
    blocks: list[Block] = [
        Figure(
            "Sum so far",
            chart.svg(),
            "Terms with their weights; they add up to the reward.",
            tuple(Key(name, styles[name]) for name in series) if len(series) > 1 else (),
            read_out(x, time_texts(episode.times), texts),
        )
    ]
    if found:
        rows = [
            cells(
                name,
                signed(f"{np.nansum(values):+.4g}"),
                f"{np.mean(np.nan_to_num(values) != 0):.1%}",
            )
            for name, values in found.items()
        ]
        blocks.append(plain_table(("Term", "Sum", "Bars that paid or cost"), rows))
    else:
        blocks.append(missing("Sums by term"))
    return blocks
