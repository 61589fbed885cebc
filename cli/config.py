"""`tradegym config`: what a run would use, and what there is to choose from."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from tradegym.cli.options import ConfigDir, Debug, Json, Overrides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradegym.conf.resolve import ResolvedValue

app = typer.Typer(help="Show the configuration and the options to choose from.")


@app.command("show")
def show(
    overrides: Overrides = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show every value that a run with these OVERRIDES would use, and where it comes from."""
    from tradegym.cli.errors import warn
    from tradegym.cli.output import print_json, print_table
    from tradegym.conf.resolve import resolve

    resolved = resolve(overrides or (), config_dir)
    for line in resolved.warnings:
        warn(line)
    if as_json:
        print_json(resolved.to_json())
    else:
        print_table(("key", "value", "origin"), _sections(resolved.values))


@app.command("list")
def list_options(
    group: Annotated[
        str | None, typer.Argument(help="One group only, such as agent.", show_default=False)
    ] = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the options of every group, your own included; * marks the default."""
    from tradegym.cli.output import print_table
    from tradegym.conf.listing import list_groups

    mark = "" if as_json else " *"
    options = list_groups([group] if group else None, config_dir)
    rows = [
        (one.group, one.name + mark * one.default, one.description, one.origin) for one in options
    ]
    sections = [list(section) for _, section in groupby(rows, key=lambda row: row[0])]
    print_table(("group", "option", "description", "origin"), sections, as_json=as_json)


def _sections(values: "Mapping[str, ResolvedValue]") -> list[list[tuple[str, str, str]]]:
    """Return one section per group, ignored values last in theirs."""
    from tradegym.cli.output import show_value

    sections: dict[str, list[tuple[str, str, str]]] = {}
    for one in values.values():
        group = one.key.partition(".")[0] if "." in one.key else ""
        note = f"{one.origin} (ignored: {one.ignored})" if one.ignored else one.origin
        sections.setdefault(group, []).append((one.key, show_value(one.value), note))
    return list(sections.values())
