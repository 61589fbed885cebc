"""Write an episode as a page."""

import html
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.curves import drawdowns
from tradegym.envs.rendering.episode import MAX_ASSETS
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.output.draft import draft
from tradegym.envs.rendering.page.layout import page_spec, spans
from tradegym.envs.rendering.page.prices import MOST_CANDLES, times_of
from tradegym.envs.rendering.page.template import page
from tradegym.envs.rendering.page.tokens import ACCENTS
from tradegym.envs.rendering.panels.account import gain
from tradegym.envs.rendering.panels.common import asset_names, column, subtitle
from tradegym.envs.rendering.panels.fills import refused_orders
from tradegym.envs.rendering.ticks import number

if TYPE_CHECKING:
    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.rendering.palette import Palette


def save_page(record: "EpisodeRecord", path: Path, look: Look = DEFAULT) -> None:
    """Write an episode as one HTML file with everything in it.

    It shows candles (up to 1,500 bars, else the close with its range), fills, holdings, equity,
    drawdown and the reward's terms; the browser's preference chooses between the two palettes
    of the look.

    Parameters
    ----------
    record : EpisodeRecord
        The episode, at least one bar.
    path : Path
        File to write; it appears when it is complete.
    look : Look
        Colours; sizes do not matter.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    # Heavy, and only needed here.
    from plotly.offline import get_plotlyjs

    title = html.escape(f"Episode on {asset_names(record.assets)}")
    remarks = html.escape(_remarks(record))
    library, data = get_plotlyjs(), _data(record, look)
    text = page(title, remarks, _cards(record), _tools(record), library, data)
    with draft(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _remarks(record: "EpisodeRecord") -> str:
    text = subtitle(record, name_assets=False)
    if len(record.assets) > MAX_ASSETS:
        text += f" · prices of the first {MAX_ASSETS} of {len(record.assets)} assets"
    return f"{text} · times in UTC"


def _data(record: "EpisodeRecord", look: Look) -> str:
    """Return the traces, the layout, the times and both themes as JSON."""
    traces, layout = page_spec(record)
    data = {
        "times": times_of(record.bars["time"]),
        "themes": {"light": _theme(look.palette), "dark": _theme(look.dark_palette)},
        "traces": traces,
        "layout": layout,
    }
    # A name with "</script>" in it must not end the script.
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _theme(palette: "Palette") -> dict[str, Any]:
    colors = {name: value for name, value in asdict(palette).items() if isinstance(value, str)}
    accents = palette.accents
    return colors | {f"accent{i}": accents[i % len(accents)] for i in range(ACCENTS)}


def _cards(record: "EpisodeRecord") -> str:
    """Return the numbers above the chart."""
    equity = column(record.bars, "equity")
    fall = drawdowns(equity, record.start_cash)
    commission = column(record.bars, "commission") if "commission" in record.bars else np.zeros(0)
    cards = {
        "Total return": gain(equity, record.start_cash),
        "Final equity": number(float(equity[-1])) if len(equity) else "none",
        "Largest drawdown": f"{float(fall.min(initial=0.0)):.1%}",
        "Trades": f"{len(record.trades):,}",
        "Refused orders": f"{len(refused_orders(record.orders)):,}",
        "Commission": number(float(commission[-1])) if len(commission) else "0",
        "Reward": f"{float(np.nansum(column(record.bars, 'reward'))):+.4g}",
    }
    return "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd></div>"
        for name, text in cards.items()
    )


def _tools(record: "EpisodeRecord") -> str:
    """Return the buttons above the chart: how prices are drawn, and how much is seen."""
    kinds = {"Candles": "candles", "Line": "line"} if len(record.bars) <= MOST_CANDLES else {}
    groups = [
        [_button(text, "kind", kind, pressed=kind == "candles") for text, kind in kinds.items()],
        [_button(text, "span", f"{long:.0f}", pressed=False) for text, long in spans(record)],
    ]
    if groups[1]:
        groups[1].append(_button("All", "span", "0", pressed=True))
    return "".join(f"<span>{''.join(buttons)}</span>" for buttons in groups if buttons)


def _button(text: str, name: str, value: str, *, pressed: bool) -> str:
    state = str(pressed).lower()
    return f'<button type="button" data-{name}="{value}" aria-pressed="{state}">{text}</button>'
