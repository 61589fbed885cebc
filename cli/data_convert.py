"""`tradegym data convert`: bars of any readable file as Parquet, Feather or CSV."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.data_files import Force, Out
from tradegym.cli.options import ConfigDir, Debug, Json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tradegym.conf.schema.dataset import DatasetConfig


def convert(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]... [OVERRIDES]...",
            help="Files of one series, from old to new, and how to read them, such as "
            "dataset=histdata or dataset.resample=1h.",
            show_default=False,
        ),
    ] = None,
    out: Out = None,
    force: Force = False,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write the bars of FILEs, or of any dataset, as one file that is quick to read.

    Its times are closes in UTC; the bars are checked, and no digit of a price is lost.
    """
    from tradegym.cli.data_argument import resolve_data, split_files
    from tradegym.cli.data_files import describe, need_out, print_written
    from tradegym.cli.output import print_json
    from tradegym.conf.errors import UserError
    from tradegym.envs.build import load_configured
    from tradegym.envs.data.write import check_target, write_dataset

    out = need_out(out, "bars.parquet")
    given = arguments or []
    files, _ = split_files(given)
    if not any(one in files or one.startswith("dataset") for one in given):
        raise UserError("FILE: is missing; name the file to convert, or a dataset=NAME")
    check_target(out, ("any",), force=force)
    resolved = resolve_data(given, config_dir, most=None)
    dataset = load_configured(resolved)
    targets = check_target(out, dataset.assets, force=force)
    _check_not_read(targets, _read_files(resolved.config.dataset))
    write_dataset(dataset, targets)
    if as_json:
        print_json(describe(dataset, targets))
    else:
        print_written(dataset, targets)


def _read_files(config: "DatasetConfig") -> "list[Path]":
    """Return the files that a dataset is read from."""
    from pathlib import Path

    names: list[str] = []
    for one in (config.filename, *(asset.get("filename") for asset in config.assets.values())):
        names += [one] if isinstance(one, str) else one or ()
    return [Path(name).expanduser() for name in names]


def _check_not_read(targets: "Mapping[str, Path]", files: "Iterable[Path]") -> None:
    from tradegym.conf.errors import UserError

    for path in targets.values():
        for file in files:
            if path.exists() and file.exists() and path.samefile(file):
                raise UserError(f"--out: '{path}' is the file that is read; name another one")
