"""`tradegym data validate`: what is wrong with a file, and a repaired copy of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Overrides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradegym.conf.schema.dataset import DatasetConfig
    from tradegym.envs.data.repair import Change
    from tradegym.envs.data.validation.finding import Finding

PLACEHOLDER = "FILE"  # the name is put in afterwards: it may hold what an override may not


def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file.", show_default=False)],
    overrides: Overrides = None,
    repair: Annotated[
        Path | None,
        typer.Option(
            "--repair",
            metavar="OUT",
            help="Write a repaired copy to this new file, and list each change.",
            show_default=False,
        ),
    ] = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List what is wrong in a FILE with bars; the exit code is 2 if a run would refuse it.

    OVERRIDES say how to read it, as for a run: dataset=histdata, dataset.timezone=Europe/Berlin.
    """
    from tradegym.cli.errors import OK, WRONG_INPUT
    from tradegym.envs.data.local_file import find_file
    from tradegym.envs.data.repair import repair as write_copy
    from tradegym.envs.data.validation.finding import Severity
    from tradegym.envs.data.validation.inspection import inspect

    find_file(str(file))
    config = _config(file, overrides or (), config_dir)
    changes: tuple[Change, ...] = ()
    checked = file
    if repair is not None:
        changes = write_copy(file, repair, config)
        checked = repair
    findings = inspect(checked, config)
    (_print_json if as_json else _print)(checked, findings, changes, repair)
    wrong = any(finding.severity is Severity.ERROR for finding in findings)
    raise typer.Exit(WRONG_INPUT if wrong else OK)


def _config(file: Path, overrides: "Sequence[str]", config_dir: Path | None) -> "DatasetConfig":
    from tradegym.conf.resolve import resolve
    from tradegym.envs.data.validation.inspection import source_of

    given = list(overrides)
    if not any(one.startswith("dataset=") for one in given):
        given.insert(0, f"dataset={source_of(file.name)}")
    resolved = resolve([*given, f"dataset.filename={PLACEHOLDER}"], config_dir)
    return resolved.config.dataset.model_copy(update={"filename": str(file)})


def _print(
    file: Path,
    findings: "Sequence[Finding]",
    changes: "Sequence[Change]",
    repaired: Path | None,
) -> None:
    from tradegym.cli.output import print_table

    if repaired is not None:
        if changes:
            rows = [
                (str(one.row), one.column, *map(_clean, (one.before, one.after)), one.rule)
                for one in changes
            ]
            print_table(("line", "column", "from", "to", "repair"), [rows], right=("line",))
        print(f"{_clean(str(repaired))}: written, {len(changes)} change(s)\n")
    sections = [
        [
            (one.severity, one.rule, one.place, one.column, one.value, one.message, one.fix)
            for one in findings
            if one.severity is severity
        ]
        for severity in dict.fromkeys(one.severity for one in findings)
    ]
    if findings:
        headers = ("severity", "rule", "place", "column", "value", "what", "fix")
        cleaned = [[tuple(map(_clean, row)) for row in section] for section in sections]
        print_table(headers, cleaned)
        print()
    print(f"{_clean(str(file))}: {_count(findings)}")


def _print_json(
    file: Path,
    findings: "Sequence[Finding]",
    changes: "Sequence[Change]",
    repaired: Path | None,
) -> None:
    from tradegym.cli.output import print_json

    result = {
        "file": str(file),
        "findings": [finding.to_json() for finding in findings],
    }
    if repaired is not None:
        result["changes"] = [change.to_json() for change in changes]
    print_json(result)


def _count(findings: "Sequence[Finding]") -> str:
    from tradegym.envs.data.validation.finding import Severity

    total = dict.fromkeys(Severity, 0)
    for finding in findings:
        total[finding.severity] += 1
    return ", ".join(f"{number} {severity}(s)" for severity, number in total.items())


def _clean(text: str) -> str:
    """Return a cell that cannot break the table or send codes to the terminal."""
    return text if text.isprintable() else repr(text)[1:-1]
