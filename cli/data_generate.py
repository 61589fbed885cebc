"""`tradegym data generate`: a path of a stochastic process as a file."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.data_files import Force, Out
from tradegym.cli.options import ConfigDir, Debug, Json, Overrides

if TYPE_CHECKING:
    from collections.abc import Mapping


def generate(
    overrides: Overrides = None,
    bars: Annotated[
        int | None,
        typer.Option(
            "--bars", min=3, help="Bars; dataset.process.bars by default.", show_default=False
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            min=0,
            help="The same one makes the same bars; seed by default.",
            show_default=False,
        ),
    ] = None,
    out: Out = None,
    force: Force = False,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write bars of a stochastic process, such as dataset=synthetic/heston."""
    from tradegym.cli.data_files import describe, need_out, print_written
    from tradegym.cli.errors import warn
    from tradegym.cli.output import print_json
    from tradegym.conf.errors import UserError
    from tradegym.conf.resolve import resolve
    from tradegym.envs.data.synthetic.process import make_process
    from tradegym.envs.data.write import check_target, write_dataset

    out = need_out(out, "bars.parquet")
    resolved = resolve(overrides or (), config_dir)
    for line in resolved.warnings:
        warn(line)
    config = resolved.config
    if config.dataset.cls is not None or config.dataset.source not in ("synthetic", "mixed"):
        raise UserError(
            f"dataset.source={config.dataset.source}: makes no bars; choose a process, such as "
            "dataset=synthetic/gbm (tradegym data list names all)"
        )
    process = make_process(config.dataset.process)
    targets = check_target(out, process.assets, force=force)
    key = config.seed if seed is None else seed
    path = process.draw_path(key, bars or config.dataset.process.bars)
    write_dataset(path.dataset, targets)
    if as_json:
        print_json(describe(path.dataset, targets) | {"seed": key, "parameters": path.parameters})
    else:
        print_written(path.dataset, targets)
        print(f"seed {key}; {_parameters(path.parameters)}")


def _parameters(drawn: "Mapping[str, tuple[float, ...]]") -> str:
    from tradegym.cli.output import show_value

    return ", ".join(
        f"{name}={show_value(values[0] if len(set(values)) == 1 else values)}"
        for name, values in drawn.items()
    )
