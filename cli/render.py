"""`tradegym render`: a picture, an animation or a page of what an agent did."""

from pathlib import Path
from typing import Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Trust
from tradegym.cli.run_argument import split_run


def render(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN [OVERRIDES]...",
            help="RUN is a directory, a name, an MLflow run id or 'last'.",
            show_default=False,
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", help="episode, human, or a key of the state such as internal.")
    ] = "episode",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="File to write: .png, .svg, .pdf, .gif, .mp4 or .html (interactive).",
            show_default=False,
        ),
    ] = None,
    step: Annotated[
        int | None,
        typer.Option(
            "--step", min=0, help="Decision to draw; the last one by default.", show_default=False
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            "--fps",
            min=0.5,
            max=60,
            help="Frames in a second of a .gif or .mp4; 15 by default.",
            show_default=False,
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(
            "--frames",
            min=1,
            help="Frames of a .gif or .mp4 at most; 120 by default.",
            show_default=False,
        ),
    ] = None,
    config_dir: ConfigDir = None,
    trust: Trust = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Play RUN's agent on a split (eval.split) and draw it; render.* sets sizes and colours."""
    from tradegym.cli.output import print_json
    from tradegym.conf.errors import UserError
    from tradegym.experiments.drawing import Drawing, draw_run
    from tradegym.experiments.evaluating import find_subject

    run, overrides = split_run(arguments or ())
    if out is None:
        raise UserError("--out: is missing; name the file to write, such as --out episode.png")
    drawing = Drawing(out, mode, step, fps, frames)
    draw_run(find_subject(run, overrides, config_dir, trust_run=trust), drawing)
    if as_json:
        print_json({"file": str(out.absolute()), "mode": mode})
    else:
        print(out)
