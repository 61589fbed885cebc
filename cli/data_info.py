"""`tradegym data info`: what a dataset holds, in numbers."""

from typing import TYPE_CHECKING

from tradegym.cli.data_argument import DataArguments
from tradegym.cli.options import ConfigDir, Debug, Json

if TYPE_CHECKING:
    from tradegym.envs.data.summary import AssetSummary, Gaps, Summary

_SHOWN_GAPS = 3


def info(
    arguments: DataArguments = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show range, bar length, gaps, statistics and hash of a FILE or of the chosen dataset."""
    from tradegym.cli.data_argument import resolve_data
    from tradegym.cli.output import print_json, print_table
    from tradegym.envs.build import load_configured
    from tradegym.envs.data.summary import summarise

    resolved = resolve_data(arguments or (), config_dir)
    summary = summarise(load_configured(resolved))
    if as_json:
        print_json(summary.to_json())
        return
    print_table(("property", "value"), [_properties(summary)])
    print()
    rows = [_asset(one) for one in summary.assets]
    print_table(_HEADERS, [rows], right=_HEADERS[1:])


_HEADERS = (
    "asset", "first", "last", "min", "max", "return/year", "volatility/year", "worst bar",
    "best bar", "mean volume", "bars without volume",
)  # fmt: skip


def _asset(one: "AssetSummary") -> tuple[str, ...]:
    prices = (one.first, one.last, one.minimum, one.maximum)
    return (
        one.asset,
        *(f"{price:,.7g}" for price in prices),
        f"{one.mean_return:+.2%}",
        f"{one.volatility:.2%}",
        f"{one.worst:+.2%}",
        f"{one.best:+.2%}",
        f"{one.mean_volume:,.6g}",
        f"{one.zero_volume:,}",
    )


def _properties(summary: "Summary") -> list[tuple[str, str]]:
    from tradegym.cli.data_files import show_times
    from tradegym.envs.data.validation.checks import duration

    first, last = show_times(summary.first, summary.last)
    return [
        ("dataset", summary.dataset),
        ("bars", f"{summary.bars:,}"),
        ("first close", f"{first} UTC"),
        ("last close", f"{last} UTC"),
        ("bar length", duration(round(summary.bar_seconds * 1e9))),
        ("bars a year", f"{summary.bars_per_year:,.1f}"),
        *_gaps(summary.gaps),
        ("sha256", summary.sha256),
        *(("note", note) for note in summary.notes),
    ]


def _gaps(gaps: "Gaps") -> list[tuple[str, str]]:
    from tradegym.cli.data_files import show_times
    from tradegym.envs.data.validation.checks import duration

    if gaps.usual_seconds is None:
        return [("gaps", "none")]
    usual = f"{gaps.usual_count:,} of {duration(round(gaps.usual_seconds * 1e9))}"
    rows = [("gaps", f"{gaps.count:,}; most frequent length: {usual}")]
    for gap in gaps.largest[:_SHOWN_GAPS]:
        after, before = show_times(gap.after, gap.before)
        length = duration(round(gap.seconds * 1e9))
        name = "largest gaps" if len(rows) == 1 else ""
        rows.append((name, f"{length}: {after} to {before}"))
    return rows
