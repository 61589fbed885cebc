"""`tradegym audit`: looks for what knows the future."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Overrides

if TYPE_CHECKING:
    from tradegym.experiments.audit import AuditResult


def audit(
    overrides: Overrides = None,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Regress the next return on the observation, too."),
    ] = False,
    fit_proof: Annotated[
        bool,
        typer.Option("--fit-proof", help="Train twice: does anything fit bars after train?"),
    ] = False,
    surrogates: Annotated[
        int,
        typer.Option(
            "--surrogates",
            metavar="N",
            min=0,
            help="Train and test on N driftless markets, too (20 tell something).",
            show_default=False,
        ),
    ] = 0,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Change and remove the future: nothing that is seen, paid or filled before may notice."""
    from tradegym.cli.errors import FAILED, warn
    from tradegym.cli.output import print_json
    from tradegym.cli.reporter import make_reporter
    from tradegym.conf.resolve import resolve
    from tradegym.experiments.audit import Requests, audit_on_request

    resolved = resolve(overrides or (), config_dir)
    for line in resolved.warnings:
        warn(line)
    requests = Requests(probe=probe, fit_proof=fit_proof, surrogates=surrogates)
    result = audit_on_request(resolved, requests, reporter=make_reporter())
    if as_json:
        print_json(result.to_json())
    else:
        _print(result)
    if result.status == "failed":
        raise typer.Exit(FAILED)


def _print(result: "AuditResult") -> None:
    from tradegym.cli.output import print_table

    rows = [(one.name, "passed" if one.passed else "FAILED", one.detail) for one in result.checks]
    print_table(("check", "result", "what was looked at"), [rows])
    for check in result.checks:
        for found in check.findings:
            print(f"\n{check.name}: {found}")
            if found.count > 1:
                print(f"  seen {found.count} times")
    print(f"\n{result.status} in {result.seconds:.1f} s")
