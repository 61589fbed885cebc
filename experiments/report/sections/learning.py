"""Learning curves."""

import numpy as np

from tradegym.experiments.report.blocks import Block, Figure, Key, Text, cells, missing, plain_table
from tradegym.experiments.report.files import RunFiles, mapping
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.series import read_out
from tradegym.experiments.report.svg.chart import Chart
from tradegym.experiments.report.svg.scale import plain, signed, step_scale, value_scale
from tradegym.experiments.report.texts import metric_label, metric_text

_REWARD = "rollout/ep_rew_mean"
#: Losses of the algorithms, the most telling ones first.
_LOSSES = (
    ("train/loss", "Loss"),
    ("train/critic_loss", "Loss of the critic"),
    ("train/actor_loss", "Loss of the actor"),
    ("train/value_loss", "Loss of the value"),
    ("train/policy_loss", "Loss of the policy"),
    ("train/policy_gradient_loss", "Loss of the policy"),
    ("train/entropy_loss", "Loss of the entropy"),
)
_MOST_LOSSES = 4


@section("learning", "Learning")
def learning(run: RunFiles) -> list[Block] | None:
    """Return one small chart for each curve."""
    if run.kind != "train":
        return None
    curves = run.curves
    best = mapping(run.result.get("best")).get("step")
    step = float(best) if isinstance(best, (int, float)) else None
    wanted = [(_REWARD, "Training reward, mean of an episode")]
    select = str(run.setting("train.select") or "total_log_return")
    wanted.append((f"validation/{select}", f"Validation: {metric_label(select)}"))
    if select != "sharpe":
        wanted.append(("validation/sharpe", f"Validation: {metric_label('sharpe')}"))
    wanted += [one for one in _LOSSES if one[0] in curves][:_MOST_LOSSES]
    known = [(key, title) for key, title in wanted if key in curves]
    long = [one for one in known if len(curves[one[0]][0]) > 1]
    blocks: list[Block] = [_curve(key, title, curves[key], step) for key, title in long]
    once = [
        cells(title, *_only(key, curves[key])) for key, title in known if (key, title) not in long
    ]
    if once:
        blocks.append(plain_table(("Recorded once", "Step", "Value"), once, half=True))
    stopped = run.result.get("stopped")
    if isinstance(stopped, str) and stopped:
        blocks.append(Text(f"Training was stopped early: {stopped}.", "note"))
    lacking = [title for key, title in wanted if key not in curves]
    if not blocks:
        return [missing("Learning curves")]
    blocks += [missing(title) for title in lacking]
    return blocks


def _curve(
    key: str, title: str, curve: tuple[list[float], list[float]], best: float | None
) -> Figure:
    steps, values = (np.array(part, dtype=np.float64) for part in curve)
    scale = step_scale(float(steps.min()), float(steps.max()))
    chart = Chart(title, scale, value_scale([values], plain, most=4), 150)
    if best is not None and key.startswith("validation/") and scale.low <= best <= scale.high:
        chart.upright(best, text="kept")
    chart.line(steps, values, "s0")
    if len(steps) <= 60:
        chart.marks(steps, values, "point")
    texts = [_text(key, value) for value in values]
    return Figure(
        title,
        chart.svg(),
        f"By training step; {len(steps)} values, the last: {texts[-1]}.",
        (Key("checkpoint that was kept", "upright"),)
        if best is not None and key.startswith("validation/")
        else (),
        read_out(steps, [f"step {at:,.0f}" for at in steps], {title: ("s0", texts)}),
        half=True,
    )


def _only(key: str, curve: tuple[list[float], list[float]]) -> tuple[str, str]:
    return f"{curve[0][0]:,.0f}", _text(key, curve[1][0])


def _text(key: str, value: float) -> str:
    kind, _, name = key.partition("/")
    return metric_text(name, value) if kind == "validation" else signed(f"{value:z.4g}")
