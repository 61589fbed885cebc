"""What is needed to do it again."""

from typing import Any

from tradegym.experiments.report.blocks import Block, Cell, cells, missing, plain_table
from tradegym.experiments.report.files import RunFiles, mapping, sequence
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.texts import day, without_folders

_PARTS = ("train", "validation", "test")


@section("provenance", "Provenance")
def provenance(run: RunFiles) -> list[Block] | None:
    """Return the command, the data, the code and the versions; nothing that names a machine."""
    facts = mapping(run.info.get("provenance"))
    blocks: list[Block] = []
    rows = [cells(label, Cell(text)) for label, text in _facts(run, facts) if text]
    blocks.append(plain_table(("", ""), rows, numeric=False) if rows else missing("Provenance"))
    parts = [cells(*_part(name, run.dataset[name])) for name in _PARTS if name in run.dataset]
    if parts:
        blocks.append(
            plain_table((_heading(run), "First bar", "Last bar", "Bars"), parts, half=True)
        )
    return blocks


def _heading(run: RunFiles) -> str:
    return "Part of the data, first fold" if run.kind == "folds" else "Part of the data"


def _facts(run: RunFiles, facts: dict[str, Any]) -> list[tuple[str, str]]:
    data, result = run.dataset, run.result
    commit = str(facts.get("git_commit") or "")
    if commit and facts.get("git_dirty"):
        commit += " with changes that were not committed"
    best = mapping(result.get("best"))
    weights = best.get("weights_sha256") or result.get("weights_sha256")
    return [
        ("Command", without_folders(str(facts.get("command_line") or "not recorded"))),
        ("Commit", commit or "not recorded (no repository)"),
        (
            "Dataset",
            without_folders(
                f"{data.get('name', 'not recorded')}, from "
                f"{data.get('source', 'an unknown source')}"
            ),
        ),
        ("SHA-256 of the data", str(data.get("sha256") or "not recorded")),
        ("Assets", ", ".join(str(one) for one in sequence(data.get("assets")))),
        ("SHA-256 of the weights", str(weights or "")),
        ("Seed", str(run.info.get("seed", "not recorded"))),
        ("Versions", _versions(facts)),
        (
            "Processor",
            " ".join(str(facts[key]) for key in ("machine", "cpu_capability") if facts.get(key)),
        ),
    ]


def _part(name: str, found: Any) -> tuple[str, str, str, str]:
    part = mapping(found)
    bars = part.get("bars")
    return (
        name.capitalize(),
        day(part.get("first")) if part.get("first") else "none",
        day(part.get("last")) if part.get("last") else "none",
        f"{bars:,}" if isinstance(bars, int) else "unknown",
    )


def _versions(facts: dict[str, Any]) -> str:
    versions = {"Python": facts.get("python"), **mapping(facts.get("versions"))}
    return ", ".join(f"{name} {number}" for name, number in versions.items() if number)
