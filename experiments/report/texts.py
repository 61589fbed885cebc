"""Numbers, names and times as the report writes them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tradegym.experiments.metrics import METRICS
from tradegym.experiments.report.svg.scale import signed

_SHORT_DAYS = 10
_ABSOLUTE = re.compile(r"(?<![\w.~/:])(?:/[^\s/'\"=,\]\[]+){2,}")
_NAMES = {"sma": "SMA", "ou": "OU", "rsi": "RSI"}


def metric_text(key: str, value: float | None) -> str:
    """Return a metric as its table writes it, with a true minus sign."""
    spec = METRICS.get(key)
    if spec is not None:
        return signed(spec.text(value))
    return "undefined" if value is None else signed(f"{value:z.4g}")


def metric_label(key: str) -> str:
    """Return the name of a metric."""
    spec = METRICS.get(key)
    return spec.label if spec is not None else readable(key)


def metric_hint(key: str) -> str:
    """Return what a metric means and how it is computed."""
    spec = METRICS.get(key)
    return f"{spec.description} Formula: {spec.formula}" if spec is not None else ""


def interval_text(key: str, interval: tuple[float, float] | None) -> str:
    """Return ``low to high`` in the unit of a metric; empty without an interval."""
    if interval is None:
        return ""
    return f"{metric_text(key, interval[0])} to {metric_text(key, interval[1])}"


def readable(name: str) -> str:
    """Return the name of a rule or key as words."""
    words = [_NAMES.get(word, word) for word in name.replace("-", "_").split("_") if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def day(value: Any) -> str:
    """Return the date of a time that is stored as text."""
    return str(value)[:_SHORT_DAYS] if value else "unknown"


def moment(value: Any) -> str:
    """Return a time that is stored as text to the second, in UTC."""
    return f"{str(value)[:19].replace('T', ' ')} UTC" if value else "unknown"


def duration(seconds: float) -> str:
    """Return a time span in the two units that matter."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def seconds_of(info: Mapping[str, Any], result: Mapping[str, Any]) -> float | None:
    """Return how long a run took; None if that is not known."""
    try:
        ended, created = (datetime.fromisoformat(str(info[key])) for key in ("ended", "created"))
        return max(0.0, (ended - created).total_seconds())
    except (KeyError, ValueError, TypeError):
        timing = result.get("timing")
        total = timing.get("total_seconds") if isinstance(timing, Mapping) else None
        return float(total) if isinstance(total, (int, float)) else None


def without_folders(text: str) -> str:
    """Return ``text`` with each absolute path cut to its last part.

    What a machine calls its folders says nothing about the run, and may say who made it.
    """
    return _ABSOLUTE.sub(lambda found: f"…/{found[0].rsplit('/', 1)[1]}", text)


def setting_text(value: Any) -> str:
    """Return a value of the configuration."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(setting_text(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {setting_text(one)}" for key, one in value.items()) + "}"
    return without_folders(str(value))
