"""How a metric is named, written and explained."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """How one metric is named, written and explained.

    Attributes
    ----------
    label : str
        Short name for tables and axes.
    unit : str
        fraction, ratio, money, count, years, bars or log.
    format : str
        Python format specification for a defined value.
    description : str
        One sentence for people.
    formula : str
        The definition as text; V is the equity, r its returns per bar, n their number, P the bars
        per year, f the risk-free rate per bar, sum and mean run over the bars or the trades.
    higher_is_better : bool or None
        Direction of improvement; None where neither direction is better.
    source : str
        Where the definition comes from; empty for what is merely counted or added up.
    """

    label: str
    unit: str
    format: str
    description: str
    formula: str
    higher_is_better: bool | None
    source: str = ""

    def text(self, value: float | None) -> str:
        """Return ``value`` as text, ``undefined`` for None."""
        if value is None:
            return "undefined"
        if self.unit == "fraction" and abs(value) >= 1e4:
            return f"{100 * value:.2e}%"
        return format(value, self.format)


PERCENT, SIGNED = "z.2%", "+z.2%"
MONEY, COUNT, RATIO, DECIMAL = "z,.2f", ",.0f", "z.3f", "z,.2f"
