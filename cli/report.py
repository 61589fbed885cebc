"""`tradegym report`: what a run gave, as a page that can be handed on."""

from pathlib import Path
from typing import Annotated

import typer

from tradegym.cli.options import Debug, Json


def report(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A directory, a name, an MLflow run id or 'last' for the latest training run.",
            show_default=False,
        ),
    ],
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.html",
            help="Where the page goes, with a .md file beside it; the run's directory by default.",
            show_default=False,
        ),
    ] = None,
    runs_root: Annotated[
        Path, typer.Option("--runs-root", help="Folder that holds the runs.", show_default=True)
    ] = Path("runs"),
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write the report of a RUN as one HTML file, which opens offline, and as Markdown."""
    from tradegym.cli.output import print_json
    from tradegym.conf.errors import UserError
    from tradegym.experiments.comparing.selecting import find_labelled
    from tradegym.experiments.report import log_report, write_report

    if out is not None and out.suffix.lower() != ".html":
        raise UserError(f"--out={str(out)!r}: the name of the page must end in .html")
    path = find_labelled(runs_root, run)  # also by the labels that compare prints
    written = write_report(path, out)
    logged = log_report(path, written)
    if as_json:
        print_json({"html": str(written.html), "markdown": str(written.markdown), "logged": logged})
    else:
        print(written.html)
        print(written.markdown)
    if open_browser:
        import webbrowser

        webbrowser.open(written.html.as_uri())
