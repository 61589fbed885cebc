"""`tradegym data splits`: which bars train, validate and test, as a table and a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradegym.cli.data_argument import DataArguments
from tradegym.cli.options import ConfigDir, Debug, Json

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.envs.data.dataset import Dataset
    from tradegym.envs.data.splits import Fold, Reach


def splits(
    arguments: DataArguments = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.png", help="Draw them, too.", show_default=False),
    ] = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show the folds of the split (split=walk_forward, ...) of a FILE or the chosen dataset."""
    from tradegym.cli.data_argument import resolve_data
    from tradegym.cli.data_files import need_png
    from tradegym.cli.output import print_json
    from tradegym.envs.build import decision_reach, load_configured
    from tradegym.envs.data.splits import choose_fold, make_folds

    if out is not None:
        need_png(out, "splits.png")
    resolved = resolve_data(arguments or (), config_dir)
    dataset = load_configured(resolved)
    reach = decision_reach(resolved, dataset)
    folds = make_folds(resolved.config.split, dataset, reach.lookback, reach.horizon)
    choose_fold(resolved.config.split, folds, dataset)
    if out is not None:
        _draw(folds, dataset, _chosen(resolved), out)
    if as_json:
        print_json(_to_json(resolved, dataset, folds, reach, out))
    else:
        _print(resolved, dataset, folds, reach, out)


def _chosen(resolved: "Resolved") -> int | None:
    from tradegym.envs.data.splits import chosen_fold

    return chosen_fold(resolved.config.split)


def _draw(folds: "list[Fold]", dataset: "Dataset", chosen: int | None, out: Path) -> None:
    from tradegym.envs.rendering.renderers import save_png
    from tradegym.envs.rendering.splits import draw_splits
    from tradegym.envs.rendering.style import to_rgb

    marked = chosen if len(folds) > 1 else None
    save_png(to_rgb(draw_splits(folds, dataset.times, name=dataset.name, chosen=marked)), out)


def _to_json(
    resolved: "Resolved",
    dataset: "Dataset",
    folds: "list[Fold]",
    reach: "Reach",
    out: Path | None,
) -> dict[str, Any]:
    from tradegym.envs.data.splits import fold_ranges

    result: dict[str, Any] = {
        "dataset": dataset.name,
        "bars": len(dataset),
        "kind": resolved.config.split.kind,
        "fold": "all" if _chosen(resolved) is None else _chosen(resolved),
        "folds": len(folds),
        "lookback": reach.lookback,
        "horizon": reach.horizon,
        "ranges": fold_ranges(folds, dataset),
    }
    return result if out is None else result | {"file": str(out.absolute())}


def _print(
    resolved: "Resolved",
    dataset: "Dataset",
    folds: "list[Fold]",
    reach: "Reach",
    out: Path | None,
) -> None:
    from tradegym.cli.output import print_table
    from tradegym.envs.data.splits import fold_rows

    rows = fold_rows(folds, dataset)
    chosen = _chosen(resolved)
    if len(rows) > 1:
        for row in rows:
            row["fold"] += " *" * (row["fold"] == str(chosen))
    print_table(tuple(rows[0]), [[tuple(row.values()) for row in rows]])
    print(
        f"\n{dataset.name}: {len(dataset):,} bars, split.kind={resolved.config.split.kind}; a "
        f"decision sees {reach.lookback} bars back and its episode uses {reach.horizon} ahead"
    )
    if chosen is None:
        print("each fold is trained and tested (split.fold=all)")
    elif len(rows) > 1:
        print(f"* the fold of train and eval (split.fold={chosen})")
    if out is not None:
        print(out)
