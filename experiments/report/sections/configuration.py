"""The configuration and where each value comes from."""

from typing import Any

from tradegym.conf.origins import is_given
from tradegym.experiments.report.blocks import Block, Cell, Rows, Table, Text, missing
from tradegym.experiments.report.files import RunFiles, mapping
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.texts import setting_text, without_folders

_COLUMNS = ("Key", "Value", "Origin")


@section("configuration", "Configuration")
def configuration(run: RunFiles) -> list[Block] | None:
    """Return what was changed, and the rest folded away."""
    entries = {key: mapping(one) for key, one in run.resolved.items() if isinstance(one, dict)}
    if not entries:
        return [missing("Configuration")]
    changed = {key: one for key, one in entries.items() if is_given(str(one.get("origin", "")))}
    rest = {key: one for key, one in entries.items() if key not in changed}
    blocks: list[Block] = []
    if changed:
        blocks.append(_table(changed))
    else:
        blocks.append(Text("Nothing was changed: every value is the packaged one.", "note"))
    if rest:
        blocks.append(_table(rest, f"{len(rest)} values as packaged"))
    return blocks


def _table(entries: dict[str, dict[str, Any]], folded: str = "") -> Table:
    rows = tuple(
        (
            Cell(key),
            Cell(setting_text(one.get("value")), str(one.get("note") or "")),
            Cell(without_folders(str(one.get("origin", "not recorded")))),
        )
        for key, one in entries.items()
    )
    return Table(_COLUMNS, (Rows(rows),), numeric=False, folded=folded)
