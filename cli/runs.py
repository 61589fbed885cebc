"""`tradegym runs`: the runs of a runs root listed, shown and exported."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradegym.cli.compare import Out, Runs, RunsRoot, reconcile_quietly, split_root
from tradegym.cli.options import Debug, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradegym.experiments.comparing.listing import ListedRun
    from tradegym.experiments.comparing.tables import Document

app = typer.Typer(help="List, show and export runs.", no_args_is_help=True)

_FORMS = ("table", "json", "csv", "markdown", "latex")


@app.command("list")
def list_command(
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            help="Only running, finished, failed, killed or damaged ones.",
            show_default=False,
        ),
    ] = None,
    agent: Annotated[
        str | None, typer.Option("--agent", help="Only of this agent.", show_default=False)
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Only on these data.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", help="Only since a date, or in the last 12h, 7d, 2w.", show_default=False
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="At most so many.", show_default=False),
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", help="Column or metric; metrics put the best first.")
    ] = "started",
    form: Annotated[
        str, typer.Option("--format", help="table, json, csv, markdown or latex.")
    ] = "table",
    out: Out = None,
    as_json: Json = False,
    runs_root: RunsRoot = Path("runs"),
    debug: Debug = False,
) -> None:
    """List the runs, the newest first, with their headline results."""
    from tradegym.cli.documents import check_form, show_document, show_json, show_text
    from tradegym.experiments.comparing.listing import filter_runs, list_all, sort_runs

    form = "json" if as_json else check_form(form, _FORMS)
    root, _ = split_root([], runs_root)
    if root.is_dir():
        reconcile_quietly(root)
    found = list_all(root)
    runs = filter_runs(found, status=status, agent=agent, dataset=dataset, since=since)
    runs = sort_runs(runs, sort)[:limit]
    if form == "json":
        show_json([_as_json(run) for run in runs], out)
    elif form == "table":
        document = _document(runs, sort, for_people=True)
        if not runs:
            typer.echo(f"No runs in {root}." if not found else "No run fits.", err=True)
        else:
            show_document(document, out)
    else:
        show_text(form, _document(runs, sort, for_people=form != "csv"), out)


def _as_json(run: "ListedRun") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(run)


def _document(runs: "Sequence[ListedRun]", sort: str, *, for_people: bool) -> "Document":
    from tradegym.experiments.comparing.listing import HEADLINE, listed_columns
    from tradegym.experiments.comparing.tables import Document, Table
    from tradegym.experiments.metrics import METRICS

    extra = (sort,) if sort in METRICS and sort not in HEADLINE else ()
    headers, rows, right = listed_columns(runs, (*HEADLINE, *extra), for_people=for_people)
    return Document([], [Table("", headers, rows, right)])


@app.command("show")
def show_command(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A directory, a name, an MLflow run id or 'last'."),
    ],
    out: Out = None,
    as_json: Json = False,
    runs_root: RunsRoot = Path("runs"),
    debug: Debug = False,
) -> None:
    """Show one run: status, configuration, results, checkpoints, files and related runs."""
    from tradegym.cli.documents import show_document, show_json
    from tradegym.experiments.comparing.selecting import find_labelled
    from tradegym.experiments.comparing.showing import describe_run, to_document
    from tradegym.experiments.comparing.stored import read_run

    root, _ = split_root([], runs_root)
    reconcile_quietly(root)
    found = describe_run(read_run(find_labelled(root, run)))
    if as_json:
        show_json(found, out)
    else:
        show_document(to_document(found), out)


@app.command("export")
def export_command(
    runs: Runs,
    out: Annotated[
        Path,
        typer.Option("--out", help="File to write: .csv, .parquet, .json, .tex or .md."),
    ],
    long: Annotated[
        bool, typer.Option("--long", help="One row for each value, not for each run.")
    ] = False,
    runs_root: RunsRoot = Path("runs"),
    debug: Debug = False,
) -> None:
    """Write configuration and metrics of runs to a file, for analysis elsewhere."""
    from tradegym.cli.errors import warn
    from tradegym.experiments.comparing.exporting import check_suffix, export_runs
    from tradegym.experiments.comparing.files import check_target
    from tradegym.experiments.comparing.selecting import select_runs

    check_suffix(out)
    check_target(out, "--out")
    root, texts = split_root(runs, runs_root)
    reconcile_quietly(root)
    found, warnings = select_runs(root, texts)
    for line in warnings:
        warn(line)
    rows = export_runs(found, out, long=long)
    typer.echo(f"{out}: {rows} {'row' if rows == 1 else 'rows'} of {len(found)} runs")
