"""Returns of each month and year as a map."""

from tradegym.experiments.metrics import monthly_returns, yearly_returns
from tradegym.experiments.report.blocks import Block, Figure, missing
from tradegym.experiments.report.files import AGENT, RunFiles
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.svg.heat import heat_map


@section("months", "Monthly returns")
def months(run: RunFiles) -> list[Block] | None:
    """Return the map of monthly returns of the agent."""
    episode = run.episodes.get(AGENT)
    if episode is None:
        return None if run.is_many else [missing("Monthly returns", "no table of the test's bars")]
    record = episode.record(run.start_cash)
    monthly, yearly = monthly_returns(record), yearly_returns(record)
    by_month = {
        (int(year), int(month)): float(value)
        for year, month, value in monthly.itertuples(index=False)
    }
    by_year = {int(year): float(value) for year, value in yearly.itertuples(index=False)}
    if not by_year:
        return [missing("Monthly returns", "the equity is not finite")]
    return [
        Figure(
            "Percent, by month and year",
            heat_map("Returns by month and year", by_month, by_year),
            "From the last close of one month to the last close of the next; the first and the "
            "last month may be incomplete. Months share one scale of colour, years another.",
        )
    ]
