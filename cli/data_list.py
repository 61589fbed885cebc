"""`tradegym data list`: the datasets to choose from."""

from pathlib import Path

from tradegym.cli.options import ConfigDir, Debug, Json


def list_datasets(
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the datasets for dataset=NAME, your own included; * marks the default."""
    from tradegym.cli.output import print_table
    from tradegym.conf.listing import list_groups
    from tradegym.conf.searchpath import find_config_dir

    directory = find_config_dir(config_dir)
    mark = "" if as_json else " *"
    rows = [
        (one.name + mark * one.default, _source(one.name, directory), one.description, one.origin)
        for one in list_groups(["dataset"], config_dir)
    ]
    print_table(("dataset", "source", "description", "origin"), [rows], as_json=as_json)


def _source(name: str, directory: Path | None) -> str:
    """Return where the bars of an option come from, also if it gets that from another option."""
    import yaml  # type: ignore[import-untyped]

    from tradegym.conf.paths import option_file

    seen = {name}
    while True:
        path = option_file(f"dataset/{name}", directory)
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return "?"  # a run with it says what is wrong
        if not isinstance(content, dict):
            return "?"
        for key in ("cls", "source"):
            if content.get(key):
                return str(content[key])
        others = [one for one in content.get("defaults") or () if isinstance(one, str)]
        name = next((one.removeprefix("/dataset/") for one in others if one != "_self_"), name)
        if name in seen:
            return "?"
        seen.add(name)
