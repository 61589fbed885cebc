"""The verdict: one sentence that a careful statistician would sign."""

import math

from tradegym.experiments.report.blocks import Text
from tradegym.experiments.report.files import AGENT, RunFiles, mapping, numbers
from tradegym.experiments.report.texts import metric_text, readable

_HOLD = "buy_and_hold"
_NORMAL_95 = 1.959963984540054  # quantile of the standard normal distribution at 0.975

Interval = tuple[float, float]


def verdict(run: RunFiles) -> Text:
    """Return the verdict on a run.

    A failed audit overrules every number; then counts what `luck.json` says; then a sentence
    that is made from the numbers and the interval of the Sharpe ratio.
    """
    if run.audit.get("status") == "failed":
        return Text(
            "The look-ahead audit failed: the agent could know the future, and its results must "
            "not be believed.",
            "bad",
        )
    known = [run.luck, mapping(run.luck.get(AGENT)), run.seeds, run.folds, run.result]
    for found in known:
        text = found.get("verdict")
        if isinstance(text, str) and text.strip():
            return Text(" ".join(text.split()))
    if run.seeds:
        return _of_seeds(run)
    if run.folds:
        return _of_folds(run)
    if AGENT in run.metrics:
        return Text(_of_metrics(run))
    return Text("There is no result to judge: no test was recorded.", "missing")


def sharpe_interval(run: RunFiles, agent: str = AGENT) -> Interval | None:
    """Return the interval of 95 % of an annualised Sharpe ratio; None if it is undefined.

    What was recorded counts; else it is that of independent, normal returns:
    ``S +- z * sqrt(P) * sqrt((1 + s^2 / 2) / T)`` with ``s = S / sqrt(P)`` per bar.

    References
    ----------
    A. W. Lo, The Statistics of Sharpe Ratios, Financial Analysts Journal 58(4), 2002, 36-52,
    equation 9.
    """
    recorded = run.interval(agent, "sharpe")
    if recorded is not None:
        return recorded
    return lo_interval(run.metrics.get(agent, {}))


def lo_interval(table: "dict[str, float | None] | dict[str, float]") -> Interval | None:
    """Return the interval of `sharpe_interval` from ``sharpe``, ``bars`` and ``bars_per_year``."""
    sharpe, bars, per_year = (table.get(key) for key in ("sharpe", "bars", "bars_per_year"))
    returns = table.get("n_returns") or (None if bars is None else bars - 1)
    if sharpe is None or per_year is None or returns is None or returns < 2 or per_year <= 0:
        return None
    error = math.sqrt((1 + sharpe**2 / per_year / 2) / returns) * math.sqrt(per_year)
    return sharpe - _NORMAL_95 * error, sharpe + _NORMAL_95 * error


def _of_metrics(run: RunFiles) -> str:
    agent, hold = run.metrics[AGENT], run.metrics.get(_HOLD, {})
    years = agent.get("years")
    over = f" over {years:.1f} years" if years is not None else ""
    gain = f"On the {run.split} split {run.agent} returned {_text('total_return', agent)}{over}"
    if hold:
        gain += f", against {_text('total_return', hold)} of buy and hold"
    sharpe, interval = agent.get("sharpe"), sharpe_interval(run)
    if sharpe is None or interval is None:
        return f"{gain}; its Sharpe ratio is undefined, so nothing can be said about skill."
    low, high = (metric_text("sharpe", end) for end in interval)
    return (
        f"{gain}; its Sharpe ratio of {metric_text('sharpe', sharpe)} has a 95 % interval of "
        f"{low} to {high}, {_meaning(interval, hold.get('sharpe'))}."
    )


def _meaning(interval: Interval, rival: float | None) -> str:
    low, high = interval
    if high < 0:
        return "which lies below 0: it lost for the risk it took"
    if low <= 0:
        other = ""
        if rival is not None and low <= rival <= high:
            other = f" and the {metric_text('sharpe', rival)} of buy and hold"
        return f"which includes 0{other}, so that this record is no evidence of skill"
    if rival is not None and rival >= low:
        return (
            f"which is above 0 but not above the {metric_text('sharpe', rival)} of buy and hold, "
            "so that it shows no skill beyond holding the market"
        )
    return (
        "which is above 0, before any correction for the number of attempts that led to this choice"
    )


def _of_seeds(run: RunFiles) -> Text:
    summary = mapping(run.seeds.get("summary"))
    gain = numbers(mapping(summary.get("total_return")))
    count = int(gain.get("n", 0))
    if not {"iqm", "low", "high"} <= set(gain):
        return Text(
            "There is no interval over seeds, so nothing can be said about them.", "missing"
        )
    ends = [metric_text("total_return", gain[key]) for key in ("iqm", "low", "high")]
    text = (
        f"Over {count} seeds the interquartile mean of the total return is {ends[0]} (95 % "
        f"interval: {ends[1]} to {ends[2]})"
    )
    odds = numbers(mapping(mapping(run.seeds.get("improvement")).get(_HOLD)))
    if "probability" in odds:
        text += (
            f", and a seed does better than buy and hold with probability {odds['probability']:.0%}"
        )
    low, high = gain["low"], gain["high"]
    text += "; the interval " + (
        "includes 0" if low <= 0 <= high else "lies above 0" if low > 0 else "lies below 0"
    )
    return Text(f"{text}, and says nothing about other periods.")


def _of_folds(run: RunFiles) -> Text:
    table = numbers(mapping(run.folds.get("stitched")))
    if "total_return" not in table:
        return Text("There is no stitched result to judge.", "missing")
    hold = numbers(mapping(mapping(run.folds.get("baselines")).get(_HOLD)))
    years = f" over {table['years']:.1f} years" if "years" in table else ""
    text = (
        f"Stitched from {len(run.folds.get('folds') or ())} test folds, {readable(run.agent)} "
        f"returned {metric_text('total_return', table['total_return'])}{years}"
    )
    if "total_return" in hold:
        text += f", against {metric_text('total_return', hold['total_return'])} of buy and hold"
    ends = (table.get("sharpe_low"), table.get("sharpe_high"))
    interval = lo_interval(table) if ends[0] is None or ends[1] is None else (ends[0], ends[1])
    if interval is None or "sharpe" not in table:
        return Text(f"{text}; the interval of its Sharpe ratio is not recorded.")
    low, high = (metric_text("sharpe", end) for end in interval)
    sharpe = metric_text("sharpe", table["sharpe"])
    return Text(
        f"{text}; its Sharpe ratio of {sharpe} has a 95 % interval of {low} to {high}, "
        f"{_meaning(interval, hold.get('sharpe'))}."
    )


def _text(key: str, table: "dict[str, float | None]") -> str:
    return metric_text(key, table.get(key))
