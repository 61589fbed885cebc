"""`tradegym eval`: an agent on a part of the data."""

from typing import Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Trust
from tradegym.cli.run_argument import split_run


def evaluate(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN] [OVERRIDES]...",
            help="RUN is a directory, a name, an MLflow run id or 'last'; without it the "
            "configuration's rule is evaluated (agent=buy_and_hold).",
            show_default=False,
        ),
    ] = None,
    config_dir: ConfigDir = None,
    trust: Trust = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Evaluate a trained RUN, or a rule, and record the evaluation."""
    from tradegym.cli.reporter import make_reporter
    from tradegym.cli.results import print_evaluated
    from tradegym.experiments.evaluating import evaluate_run, find_subject

    run, overrides = split_run(arguments or ())
    subject = find_subject(run, overrides, config_dir, trust_run=trust)
    print_evaluated(evaluate_run(subject, make_reporter()), as_json=as_json)
