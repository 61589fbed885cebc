"""`tradegym ui`: the runs in MLflow's web interface."""

from pathlib import Path
from typing import Annotated

import typer


def ui(
    runs_root: Annotated[
        Path, typer.Option("--runs-root", help="Folder that holds the runs.", show_default=True)
    ] = Path("runs"),
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, help="Port to listen on; 5000, or a free one, by default."
        ),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = False,
) -> None:
    """Show the recorded runs in MLflow's web interface, on this machine only, until Ctrl-C."""
    from tradegym.experiments.runs import list_runs, reconcile
    from tradegym.experiments.tracking.server import runs_page, serve

    reconcile(runs_root)

    def ready(url: str) -> None:
        typer.echo(url)
        page = runs_page(url, list_runs(runs_root))
        if page is not None:
            typer.echo(f"runs: {page}")
        if open_browser:
            import webbrowser

            webbrowser.open(page or url)

    raise typer.Exit(serve(runs_root, port, ready))
