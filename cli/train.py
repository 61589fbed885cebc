"""`tradegym train`: one training run, or a sweep of them."""

from typing import Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Overrides


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
    """Train an agent, test it beside buy and hold, and record the run."""
    from tradegym.cli.hydra_app import run_hydra
    from tradegym.cli.reporter import make_reporter
    from tradegym.cli.results import print_sweep, print_trained
    from tradegym.conf.errors import UserError
    from tradegym.conf.resolve import resolve
    from tradegym.conf.searchpath import find_config_dir
    from tradegym.conf.sweeps import expand_sweeps

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
            from tradegym.experiments.training.run import train as train_agent

            print_trained(train_agent(resolved, reporter), resolved, as_json=as_json)

        run_hydra(run_one, [], typed, directory)
        return
    runs = expand_sweeps(typed)
    for run in runs:
        resolve(run, directory)
    with print_sweep(resolve(list(runs[0]), directory), as_json=as_json) as sweep:

        def run_job(job: list[str]) -> None:
            from tradegym.experiments.training.run import train as train_agent

            number = sweep.next_number()
            reporter.message(f"run {number} of {len(runs)}: {' '.join(job)}")
            try:
                train_agent(resolve(job, directory), reporter, labels={"sweep": sweep.id})
            except Exception as error:
                reporter.warn(f"run {number} of {len(runs)} failed: {error}")
                raise

        run_hydra(run_job, ["--multirun"], typed, directory)
