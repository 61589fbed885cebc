"""`tradegym replay`: a stored trace, played again in plain backtrader."""

from typing import Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Trust
from tradegym.cli.run_argument import split_run


def replay(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TRACE [OVERRIDES]...",
            help="TRACE is a trace.parquet or trace.jsonl, the directory of an evaluation, or a "
            "RUN, of which the latest traced evaluation is taken.",
            show_default=False,
        ),
    ] = None,
    config_dir: ConfigDir = None,
    trust: Trust = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Check a trace (eval.trace=true): replay its orders in plain backtrader and compare."""
    from tradegym.cli.output import print_json
    from tradegym.conf.errors import RunFailed, UserError
    from tradegym.experiments.replaying import replay_trace

    text, overrides = split_run(arguments or ())
    if text is None:
        raise UserError("replay: name a trace: a file, the directory of an evaluation, or a RUN")
    found = replay_trace(text, overrides, config_dir, trust_run=trust)
    if as_json:
        print_json(
            {
                "file": str(found.file),
                "episodes": found.episodes,
                "orders": found.orders,
                "bars": found.bars,
                "difference": found.difference,
                "equal": found.mismatch is None,
                "mismatch": found.mismatch,
            }
        )
    if found.mismatch is not None:
        raise RunFailed(f"{found.file}: {found}")
    if not as_json:
        print(found)
