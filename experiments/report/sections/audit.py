"""What the search for look-ahead found."""

from typing import Any

from tradegym.experiments.report.blocks import Block, Cell, Rows, Table, Text, cells, missing
from tradegym.experiments.report.files import RunFiles, mapping, sequence
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.svg.scale import signed
from tradegym.experiments.report.texts import readable

_MOST_FINDINGS = 50


@section("audit", "Look-ahead audit")
def audit(run: RunFiles) -> list[Block] | None:
    """Return the outcome, the checks and what they found."""
    found = run.audit
    if not found:
        return (
            [missing("Look-ahead audit", "this run was not audited")]
            if run.kind == "train"
            else None
        )
    status = str(found.get("status", "unknown"))
    checks = [mapping(one) for one in sequence(found.get("checks"))]
    blocks: list[Block] = [_outcome(status, len(checks), found.get("seconds"))]
    if checks:
        rows = tuple(
            cells(
                readable(str(one.get("name", "?"))),
                Cell(
                    "passed" if one.get("passed") else "FAILED",
                    tone="good" if one.get("passed") else "bad",
                ),
                str(one.get("detail") or ""),
            )
            for one in checks
        )
        blocks.append(Table(("Check", "Result", "What was done"), (Rows(rows),), numeric=False))
    findings = [
        (one, mapping(finding)) for one in checks for finding in sequence(one.get("findings"))
    ]
    if findings:
        rows = tuple(
            cells(
                str(finding.get("where", "?")),
                readable(str(one.get("name", "?"))),
                _bar(finding),
                _size(finding.get("size")),
            )
            for one, finding in findings[:_MOST_FINDINGS]
        )
        more = len(findings) - _MOST_FINDINGS
        caption = f"{more} more are in audit.json." if more > 0 else ""
        blocks.append(
            Table(
                ("Where", "Check", "Bar", "Size of the change"),
                (Rows(rows),),
                caption,
                numeric=False,
            )
        )
    return blocks


def _outcome(status: str, checks: int, seconds: Any) -> Text:
    took = f" in {seconds:.1f} s" if isinstance(seconds, (int, float)) else ""
    if status == "passed":
        return Text(
            f"Passed {checks} checks{took}: no change of later bars reached what the agent saw or "
            "was paid. Leaks that are baked into the columns of the data are not found this way.",
            "good",
        )
    if status == "failed":
        return Text("FAILED: the agent could know the future. Do not believe the results.", "bad")
    if status == "off":
        return Text("Switched off for this run: look-ahead was not searched for.", "warning")
    return Text(f"Status: {status}.", "warning")


def _bar(finding: dict[str, Any]) -> Cell:
    number = finding.get("bar")
    text = f"{number:,}" if isinstance(number, int) else "unknown"
    return Cell(text, str(finding.get("time") or "")[:19].replace("T", " "))


def _size(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return signed(f"{value:.4g}")
    return str(value) if value is not None else "unknown"
