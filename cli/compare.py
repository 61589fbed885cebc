"""`tradegym compare`: runs beside each other, and whether their differences are luck."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.options import Debug

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradegym.experiments.comparing.compare import Compared
    from tradegym.experiments.comparing.stored import StoredRun

Runs = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...",
        help="Directories, names, MLflow run ids, 'last', ids of sweeps, or patterns such as "
        "'sma-*'.",
        show_default=False,
    ),
]
RunsRoot = Annotated[
    Path, typer.Option("--runs-root", help="Folder that holds the runs.", show_default=True)
]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file.", show_default=False)]


def compare(
    runs: Runs,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="RUN",
            help="Test against this run or recorded baseline (buy_and_hold); by default each "
            "against the first RUN, and the best of them against buy and hold.",
            show_default=False,
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option("--metrics", metavar="A,B,C", help="Metrics to show.", show_default=False),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="METRIC", help="Best run first.", show_default=False),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="table, json, csv, markdown or latex.")
    ] = "table",
    out: Out = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", metavar="FILE.png", help="Draw the equity curves.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    runs_root: RunsRoot = Path("runs"),
    debug: Debug = False,
) -> None:
    """Compare runs: configuration, data, metrics with intervals, tests of the differences."""
    from tradegym.cli.documents import check_form
    from tradegym.cli.errors import warn
    from tradegym.experiments.comparing.compare import compare_runs
    from tradegym.experiments.comparing.files import check_target
    from tradegym.experiments.comparing.selecting import select_runs, without_children

    form = "json" if as_json else check_form(form, _FORMS)
    if out is not None:
        check_target(out, "--out")
    if picture is not None:
        _check_picture(picture)
    root, texts = split_root(runs, runs_root)
    reconcile_quietly(root)
    found, warnings = select_runs(root, texts)
    found, left_out = without_children(found)
    warnings += left_out
    against = _baseline(root, baseline, found)
    compared = compare_runs(
        found,
        baseline=against,
        metrics=None if metrics is None else [one.strip() for one in metrics.split(",") if one],
        sort=sort,
    )
    if picture is not None:
        _draw(compared, picture)
    if form != "table" or out is not None:  # else they stand above the tables
        warnings += compared.warnings
    for line in warnings:
        warn(line)
    _FORMS[form](compared, out)


def split_root(texts: list[str], runs_root: Path) -> tuple[Path, list[str]]:
    """Take ``runs_root=DIR``, as other commands write it, out of the arguments."""
    rest = [text for text in texts if not text.startswith("runs_root=")]
    for text in texts:
        if text.startswith("runs_root="):
            runs_root = Path(text.partition("=")[2])
    return runs_root.expanduser().absolute(), rest


def reconcile_quietly(root: Path) -> None:
    """Make the status of every run true where it can be written."""
    from tradegym.cli.errors import warn
    from tradegym.experiments.runs import reconcile

    try:
        reconcile(root)
    except OSError as error:
        warn(f"{root}: the status of runs that were killed cannot be noted ({error.strerror})")


def _baseline(root: Path, text: str | None, runs: "list[StoredRun]") -> "StoredRun | str | None":
    """Return the run that the option names, which joins the others, or a baseline's name."""
    from tradegym.conf.errors import UserError
    from tradegym.experiments.comparing.selecting import select_runs

    if text is None:
        return None
    recorded = {name for run in runs for name in run.metrics if name != "agent"}
    if text in recorded:
        return text
    try:
        ((run,), _) = select_runs(root, [text])
    except UserError as error:
        if recorded and "no such path" in str(error):
            from tradegym.conf.errors import nearest

            guess = nearest(text, recorded)
            hint = f"; did you mean '{guess}'?" if guess else ""
            names = ", ".join(sorted(recorded))
            raise UserError(
                f"--baseline: '{text}' is no run and none of the recorded baselines ({names}){hint}"
            ) from None
        raise
    except ValueError:
        raise UserError(f"--baseline: '{text}' names several runs; name one") from None
    same = next((one for one in runs if one.path.resolve() == run.path.resolve()), None)
    if same is None:
        runs.append(run)
    return same or run


def _check_picture(path: Path) -> None:
    from tradegym.conf.errors import UserError
    from tradegym.experiments.comparing.files import check_target

    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise UserError(f"--picture: {path} ends in '{path.suffix}'; allowed are .png, .svg, .pdf")
    check_target(path, "--picture")


def _draw(compared: "Compared", path: Path) -> None:
    import io

    from tradegym.experiments.comparing.files import write_file
    from tradegym.experiments.comparing.picture import plot_compared

    stream = io.BytesIO()
    plot_compared(compared).savefig(stream, format=path.suffix[1:].lower(), dpi=150)
    write_file(path, stream.getvalue(), "--picture")


def _table(compared: "Compared", out: Path | None) -> None:
    from tradegym.cli.documents import show_document
    from tradegym.experiments.comparing.views import to_document

    show_document(to_document(compared), out)


def _json(compared: "Compared", out: Path | None) -> None:
    from tradegym.cli.documents import show_json
    from tradegym.experiments.comparing.views import to_json

    show_json(to_json(compared), out)


def _csv(compared: "Compared", out: Path | None) -> None:
    from tradegym.cli.documents import put
    from tradegym.experiments.comparing.views import to_long_csv

    put(to_long_csv(compared), out)


def _markdown(compared: "Compared", out: Path | None) -> None:
    from tradegym.cli.documents import put
    from tradegym.experiments.comparing.tables import to_markdown
    from tradegym.experiments.comparing.views import to_document

    put(to_markdown(to_document(compared)), out)


def _latex(compared: "Compared", out: Path | None) -> None:
    from tradegym.cli.documents import put
    from tradegym.experiments.comparing.tables import to_latex
    from tradegym.experiments.comparing.views import to_document

    put(to_latex(to_document(compared)), out)


_FORMS: "dict[str, Callable[[Compared, Path | None], None]]" = {
    "table": _table,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
    "latex": _latex,
}
