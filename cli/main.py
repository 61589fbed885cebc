"""The command ``tradegym``: the list of its commands, and its entry point."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tradegym.cli import (
    audit,
    compare,
    config,
    data,
    evaluate,
    render,
    replay,
    report,
    runs,
    train,
    ui,
)
from tradegym.cli.errors import FAILED, InterruptError, run_command
from tradegym.cli.options import Debug
from tradegym.experiments.leaving import leave
from tradegym.version import __version__


class Commands(TyperGroup):
    """The commands, with Ctrl-C as an error like others."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise InterruptError("interrupted") from error


app = typer.Typer(
    name="tradegym",
    cls=Commands,
    help="Train, evaluate and compare trading agents.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("train")(train.train)
app.command("eval")(evaluate.evaluate)
app.command("render")(render.render)
app.command("replay")(replay.replay)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.add_typer(runs.app, name="runs")
app.command("audit")(audit.audit)
app.add_typer(config.app, name="config")
app.add_typer(data.app, name="data")
app.command("ui")(ui.ui)


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = run_command(_run, sys.argv[1:])
    except SystemExit as ended:  # SIGTERM
        code = ended.code if isinstance(ended.code, int) else FAILED
    leave(code)


def _run(arguments: Sequence[str]) -> object:
    return app(list(arguments) or ["--help"], prog_name="tradegym", standalone_mode=False)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"tradegym {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
    debug: Debug = False,
) -> None:
    """Train, evaluate and compare trading agents."""
