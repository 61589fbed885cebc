"""A scene as text for a terminal, 80 columns wide."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.rendering.ticks import number, time_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.rendering.scene import Scene

WIDTH = 80
_INNER = WIDTH - 4
_LABEL = 9
_LEVELS = "▁▂▃▄▅▆▇█"
_SPARK = 30
_MOST_ASSETS = 12


def render_text(scene: "Scene") -> str:
    """Draw a scene as a frame of plain text.

    Its lines: each asset's price with a sparkline and the position, the account, the last
    action, the reward of the last step with its terms, and why the episode ended if it did.
    Only what is known is written.

    Parameters
    ----------
    scene : Scene
        What there is to show; may be empty.

    Returns
    -------
    str
        Lines of at most 80 columns, the last one without a line feed.
    """
    info = scene.info
    lines = [*_assets(scene), *_account(info, scene.start_cash), *_doings(info, scene.action)]
    left, right = _title(scene)
    left = _cut(left, _INNER - len(right) - 4)
    rule = "─" * (WIDTH - 6 - _cells(left) - len(right))
    head = f"╭─ {left} {rule} {right}╮" if right else f"╭─ {left} {rule}─╮"
    body = [f"│ {_pad(_cut(line, _INNER), _INNER)} │" for line in lines or ["nothing to show yet"]]
    return "\n".join([head, *body, f"╰{'─' * (WIDTH - 2)}╯"])


def _title(scene: "Scene") -> tuple[str, str]:
    """Return what stands at the left and at the right of the upper border."""
    assets = scene.assets[: scene.traded] or ("tradegym",)
    left = assets[0] if len(assets) == 1 else f"{assets[0]} and {len(assets) - 1} more"
    parts = []
    if "time" in scene.info:
        parts += time_texts(np.array([scene.info["time"]], dtype="datetime64[ns]"))
    if "step" in scene.info:
        parts.append(f"decision {int(scene.info['step']):,}")
    return left, f"{' · '.join(parts)} ─" if parts else ""


def _assets(scene: "Scene") -> Iterator[str]:
    """Yield a line for each asset: its price, where it came from, and what is held of it."""
    if scene.window is None or not len(scene.window):
        return
    window = np.asarray(scene.window, dtype=np.float64)
    window = window[:, np.newaxis] if window.ndim == 2 else window
    held = np.atleast_1d(np.asarray(scene.info.get("position", []), dtype=np.float64))
    names = scene.assets or ("price",)
    alone = window.shape[1] == 1
    for index in range(min(window.shape[1], _MOST_ASSETS)):
        closes = window[:, index, 3]
        closes = closes[np.isfinite(closes)]
        if not len(closes):
            continue
        name = "price" if alone else _cut(names[index], _LABEL - 1)
        spark = _sparkline(closes)
        position = _position(held[index]) if index < len(held) else "observed"
        if alone:
            low, high = number(float(closes.min())), number(float(closes.max()))
            yield _line(name, f"{number(float(closes[-1])):>10}  {spark}  {low} to {high}")
            yield _line("position", f"{position:>10}")
        else:
            yield _line(name, f"{number(float(closes[-1])):>10}  {spark}  {position}")
    if window.shape[1] > _MOST_ASSETS:
        yield _line("", f"and {window.shape[1] - _MOST_ASSETS} more assets")


def _sparkline(values: "NDArray[np.float64]") -> str:
    """Return at most 30 bars of the newest values, each the last of its share of them."""
    ends = np.unique(np.linspace(0, len(values) - 1, min(_SPARK, len(values))).round())
    shown = values[ends.astype(np.int64)]
    low, high = float(shown.min()), float(shown.max())
    if high <= low:
        return (_LEVELS[3] * len(shown)).rjust(_SPARK)
    levels = ((shown - low) / (high - low) * (len(_LEVELS) - 1)).round().astype(np.int64)
    return "".join(_LEVELS[level] for level in levels).rjust(_SPARK)


def _position(units: float) -> str:
    if not units:
        return "flat"
    return f"{'long' if units > 0 else 'short'} {number(abs(float(units)))}"


def _account(info: Mapping[str, Any], start: float | None) -> Iterator[str]:
    if "value" not in info:
        return
    value = float(info["value"])
    gain = f"  ({value / start - 1:+.2%})" if start else ""
    yield _line("equity", f"{number(value):>10}{gain}")
    yield _line("cash", f"{number(float(info.get('cash', 0.0))):>10}")
    if "drawdown" in info:
        most = f"  (largest {float(info['max_drawdown']):.2f}%)" if "max_drawdown" in info else ""
        yield _line("drawdown", f"{float(info['drawdown']):>9.2f}%{most}")


def _doings(info: Mapping[str, Any], action: str) -> Iterator[str]:
    counts = [f"{info[name]:,} {name}" for name in ("trades", "rejected") if info.get(name)]
    if action:
        yield _line(
            "action", "  ".join([f"{action:>10}", *([f"({', '.join(counts)})"] if counts else [])])
        )
    terms = info.get("reward_terms") or {}
    if terms:
        yield from _rewards({str(name): float(value) for name, value in terms.items()})
    if info.get("reason"):
        yield _line("ended", str(info["reason"]).replace("_", " ").lower())


def _rewards(terms: Mapping[str, float]) -> Iterator[str]:
    """Yield the reward and its terms, as many on a line as fit."""
    total = f"{sum(terms.values()):+.4g}"
    text = f"{total:>10}"
    if len(terms) > 1:
        text += "  ="
    label = "reward"
    for name, value in terms.items():
        part = f"  {name} {value:+.4g}"
        if len(text) + len(part) > _INNER - _LABEL:
            yield _line(label, text)
            label, text = "", " " * 13
        text += part
    yield _line(label, text)


def _line(label: str, text: str) -> str:
    return f"{_pad(label, _LABEL)}{text}"


def _cells(text: str) -> int:
    """Return how many columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cut(text: str, width: int) -> str:
    """Return a text on one line, shortened to ``width`` columns."""
    text = " ".join(text.split()) if "\n" in text or "\t" in text else text
    if _cells(text) <= width:
        return text
    while text and _cells(text) > width - 1:
        text = text[:-1]
    return f"{text}…"
