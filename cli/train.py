"""`tradegym train`: one training run, or a sweep of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Overrides

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.experiments.reporter import Reporter


def train(
    overrides: Overrides = None,
    multirun: Annotated[
        bool, typer.Option("--multirun", "-m", help="Run every combination of a,b,c values.")
    ] = False,
    cfg: Annotated[
        str | None,
        typer.Option(
            "--cfg", help="Print the composed configuration (job, hydra or all) and stop."
        ),
    ] = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Train an agent, or several seeds or folds of it, test it, and record the run."""
    from tradegym.cli.hydra_app import run_hydra
    from tradegym.cli.reporter import make_reporter
    from tradegym.cli.results import job_text, print_sweep, print_trained
    from tradegym.conf.errors import UserError
    from tradegym.conf.resolve import resolve
    from tradegym.conf.searchpath import find_config_dir
    from tradegym.conf.sweeps import expand_sweeps
    from tradegym.experiments.many import kind_of

    typed = list(overrides or ())
    directory = find_config_dir(config_dir)
    if cfg is not None:
        if cfg not in ("job", "hydra", "all"):
            raise UserError(f"--cfg: '{cfg}' is not known; allowed: job, hydra, all")
        resolve(typed, directory)
        run_hydra(None, ["--cfg", cfg], typed, directory)
        return
    reporter = make_reporter()
    if not multirun:
        # Checked here, before Hydra starts and before anything is written.
        resolved = resolve(typed, directory)

        def run_one(_: list[str]) -> None:
            if kind_of(resolved.config) is not None:
                _train_many(resolved, reporter, as_json=as_json)
                return
            from tradegym.experiments.training.run import train as train_agent

            print_trained(train_agent(resolved, reporter), resolved, as_json=as_json)

        run_hydra(run_one, [], typed, directory)
        return
    runs = expand_sweeps(typed)
    for run in runs:
        resolve(run, directory)
    with print_sweep(resolve(list(runs[0]), directory), runs, as_json=as_json) as sweep:

        def run_job(job: list[str]) -> None:
            from tradegym.experiments.many.run import train_many
            from tradegym.experiments.training.run import train as train_agent

            number = sweep.next_number()
            reporter.message(f"run {number} of {len(runs)}: {job_text(job)}")
            resolved = resolve(job, directory)
            several = kind_of(resolved.config) is not None
            try:
                (train_many if several else train_agent)(
                    resolved, reporter, labels={"sweep": sweep.id, "job": job_text(job)}
                )
            except Exception as error:
                reporter.warn(f"run {number} of {len(runs)} failed: {error}")
                raise

        run_hydra(run_job, ["--multirun"], typed, directory)


def _train_many(resolved: "Resolved", reporter: "Reporter", *, as_json: bool) -> None:
    """Train several seeds or folds; what has finished is printed even if others failed."""
    from tradegym.cli.many_results import print_many
    from tradegym.experiments.many.run import SomeFailed, train_many

    try:
        many = train_many(resolved, reporter)
    except SomeFailed as error:
        print_many(error.many, resolved, as_json=as_json)
        raise
    print_many(many, resolved, as_json=as_json)
