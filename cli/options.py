"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[OVERRIDES]...",
        help="Options and keys, such as agent=dqn engine.start_cash=5000.",
        show_default=False,
    ),
]

ConfigDir = Annotated[
    Path | None,
    typer.Option(
        "--config-dir",
        help="Your own options; by default ./conf, if it holds any.",
        show_default=False,
    ),
]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
"""Only declared by the commands: `tradegym.cli.errors.run_command` looks for it."""

Trust = Annotated[
    bool,
    typer.Option("--trust", help="Import what the run names, even if somebody else made it."),
]
