"""Later evaluations of the same run: each one is a further look at the data."""

from tradegym.experiments.report.blocks import Block, Cell, Text, cells, plain_table
from tradegym.experiments.report.files import RunFiles, mapping, numbers
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.texts import metric_label, metric_text

_KEYS = ("total_return", "sharpe", "max_drawdown", "trades")


@section("evaluations", "Later evaluations of this run")
def evaluations(run: RunFiles) -> list[Block] | None:
    """Return a table of the evaluations that later commands made."""
    if not run.later:
        return None
    rows = []
    for name, result in run.later:
        table = numbers(mapping(mapping(result.get("metrics")).get("agent")))
        step = result.get("checkpoint_step")
        what = f"step {step:,}" if isinstance(step, int) else str(result.get("status", ""))
        texts = [metric_text(key, table.get(key)) for key in _KEYS]
        rows.append(cells(Cell(name, what), *texts))
    return [
        plain_table(("Evaluation", *(metric_label(key) for key in _KEYS)), rows),
        Text(
            "Choosing among these by their results would make the chosen one look better than "
            "it is.",
            "note",
        ),
    ]
