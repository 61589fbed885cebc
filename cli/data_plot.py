"""`tradegym data plot`: a picture of the prices."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.data_argument import DataArguments
from tradegym.cli.options import ConfigDir, Debug, Json

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.envs.data.dataset import Dataset
    from tradegym.envs.data.splits import Fold


def plot(
    arguments: DataArguments = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.png", help="PNG file to write.", show_default=False),
    ] = None,
    split: Annotated[
        bool, typer.Option("--split/--no-split", help="Shade the parts of the split.")
    ] = True,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw prices and volume of a FILE or of the chosen dataset, with the split shaded."""
    from tradegym.cli.data_argument import resolve_data
    from tradegym.cli.data_files import need_png
    from tradegym.cli.output import print_json
    from tradegym.envs.build import load_configured
    from tradegym.envs.rendering.look import look_of
    from tradegym.envs.rendering.prices import draw_prices
    from tradegym.envs.rendering.renderers import save_png
    from tradegym.envs.rendering.style import to_rgb

    out = need_png(out, "prices.png")
    resolved = resolve_data(arguments or (), config_dir)
    dataset = load_configured(resolved)
    fold = _fold(resolved, dataset) if split else None
    look = look_of(resolved.config.render)
    save_png(to_rgb(draw_prices(dataset, fold, look)), out)
    if as_json:
        print_json({"file": str(out.absolute()), "dataset": dataset.name, "bars": len(dataset)})
    else:
        print(out)


def _fold(resolved: "Resolved", dataset: "Dataset") -> "Fold":
    from tradegym.envs.build import decision_reach
    from tradegym.envs.data.splits import choose_fold, make_folds

    reach = decision_reach(resolved, dataset)
    config = resolved.config.split
    return choose_fold(config, make_folds(config, dataset, reach.lookback, reach.horizon), dataset)
