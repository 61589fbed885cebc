"""What the commands say that write bars into files."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="File to write, .parquet, .feather or .csv; several assets get one file each.",
        show_default=False,
    ),
]

Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]


def need_out(out: Path | None, example: str) -> Path:
    """Return the value of ``--out``.

    Raises
    ------
    UserError
        It was not given.
    """
    from tradegym.conf.errors import UserError

    if out is None:
        raise UserError(f"--out: is missing; name the file to write, such as --out {example}")
    return out


def need_png(out: Path | None, example: str) -> Path:
    """Return the value of ``--out`` for a picture.

    Raises
    ------
    UserError
        It was not given, or is no PNG file.
    """
    from tradegym.conf.errors import UserError

    path = need_out(out, example)
    if path.suffix.lower() != ".png":
        raise UserError(f"--out: '{path}' does not end with .png; only PNG files can be written")
    return path


def describe(dataset: "Dataset", files: Mapping[str, Path]) -> dict[str, Any]:
    """Return what was written, for JSON."""
    first, last = time_range(dataset)
    return {
        "dataset": dataset.name,
        "bars": len(dataset),
        "first": first,
        "last": last,
        "bar_seconds": dataset.bar_seconds,
        "sha256": dataset.sha256,
        "notes": list(dataset.notes),
        "files": {asset: str(path.absolute()) for asset, path in files.items()},
    }


def print_written(dataset: "Dataset", files: Mapping[str, Path]) -> None:
    """Print one line per file, and what was done to the bars."""
    first, last = show_times(*time_range(dataset))
    for path in files.values():
        print(f"{path}: {len(dataset):,} bars, {first} to {last} UTC (closes)")
    for note in dataset.notes:
        print(f"note: {note}")


def time_range(dataset: "Dataset") -> tuple[str, str]:
    """Return the first and the last close in ISO 8601, UTC."""
    first, last = (f"{time.astype('datetime64[s]')}Z" for time in dataset.times[[0, -1]])
    return first, last


def show_times(*times: str) -> list[str]:
    """Return times in ISO 8601, UTC, for people: dates alone if all of them are midnights."""
    days = all(time.endswith("T00:00:00Z") for time in times)
    return [time[:10] if days else time.replace("T", " ").removesuffix("Z") for time in times]
