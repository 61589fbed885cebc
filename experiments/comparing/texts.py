"""Values, metrics, times and sizes as text."""

from collections.abc import Mapping
from typing import Any

from tradegym.experiments.comparing.tables import visible


def value_text(value: Any) -> str:
    """Return a value of a configuration on one line, as YAML would write it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(value_text(one) for one in value)}]"
    if isinstance(value, Mapping):
        inner = (f"{key}: {value_text(one)}" for key, one in value.items())
        return visible("{" + ", ".join(inner) + "}")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.12g}" if isinstance(value, float) else visible(str(value))


def metric_label(name: str) -> str:
    """Return what a metric is called in tables."""
    from tradegym.experiments.metrics import METRICS

    spec = METRICS.get(name)
    return visible(name) if spec is None else spec.label


def metric_text(name: str, value: float | None) -> str:
    """Return the value of a metric as text, ``undefined`` for None."""
    from tradegym.experiments.metrics import METRICS

    spec = METRICS.get(name)
    if spec is not None:
        return spec.text(value)
    return "undefined" if value is None else f"{value:z,.4g}"


def p_text(p: float | None) -> str:
    """Return a p-value as text."""
    if p is None:
        return "undefined"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def duration_text(seconds: float | None) -> str:
    """Return a time span as text, ``-`` if it is not known."""
    if seconds is None or seconds < 0:
        return "-"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def size_text(size: int) -> str:
    """Return a number of bytes as text."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"
