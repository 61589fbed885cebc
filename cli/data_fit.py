"""`tradegym data fit`: the parameters of a process, estimated from real prices."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradegym.cli.data_argument import DataArguments
from tradegym.cli.options import ConfigDir, Debug, Json

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.envs.data.dataset import Dataset
    from tradegym.envs.data.synthetic.fitting.result import Fit

PARTS = ("all", "train")


def fit(
    arguments: DataArguments = None,
    process: Annotated[
        str | None,
        typer.Option(
            "--process",
            help="gbm, ou, merton, heston, garch, regimes or fbm.",
            show_default=False,
        ),
    ] = None,
    asset: Annotated[
        str | None, typer.Option("--asset", help="Which of several assets.", show_default=False)
    ] = None,
    part: Annotated[
        str,
        typer.Option("--part", help="all bars, or those that the split gives to train."),
    ] = "all",
    config_dir: ConfigDir = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Estimate the parameters of a process from the prices of a FILE or of the chosen dataset.

    To test an agent on the same prices, fit to --part train: the test must stay unknown.
    """
    from tradegym.cli.data_argument import resolve_data
    from tradegym.cli.output import print_json
    from tradegym.conf.errors import UserError, did_you_mean
    from tradegym.envs.build import load_configured
    from tradegym.envs.data.synthetic.fitting.fit import fit as estimate
    from tradegym.envs.data.synthetic.fitting.registry import ESTIMATORS

    allowed = ", ".join(sorted(ESTIMATORS))
    if process is None:
        raise UserError(f"--process: is missing; allowed: {allowed}")
    if process not in ESTIMATORS:
        hint = did_you_mean(process, ESTIMATORS)
        raise UserError(f"--process: '{process}' cannot be fitted; allowed: {allowed}{hint}")
    if part not in PARTS:
        raise UserError(f"--part: '{part}' is not known; allowed: {', '.join(PARTS)}")
    resolved = resolve_data(arguments or (), config_dir)
    dataset = load_configured(resolved)
    if part == "train":
        dataset = _train(resolved, dataset)
    found = estimate(process, dataset, asset)
    if as_json:
        print_json(_to_json(found, dataset))
    else:
        _print(found, dataset)


def _train(resolved: "Resolved", dataset: "Dataset") -> "Dataset":
    from tradegym.conf.errors import UserError
    from tradegym.envs.build import decision_reach
    from tradegym.envs.data.splits import make_split

    reach = decision_reach(resolved, dataset)
    split = make_split(resolved.config.split, dataset, reach.lookback, reach.horizon)
    ranges = split.ranges("train")
    if len(ranges) != 1:
        raise UserError(
            f"--part: the train part has {len(ranges)} separate ranges with "
            f"split.kind={resolved.config.split.kind}; a fit needs one, such as split=holdout"
        )
    return dataset.slice(ranges[0].start, ranges[0].stop)


def _to_json(found: "Fit", dataset: "Dataset") -> dict[str, Any]:
    from tradegym.cli.data_files import time_range

    first, last = time_range(dataset)
    return {
        "process": found.process,
        "dataset": found.dataset,
        "asset": found.asset,
        "bars": found.bars,
        "first": first,
        "last": last,
        "bars_per_year": found.bars_per_year,
        "parameters": {
            name: {"value": one.value, "error": one.error} for name, one in found.parameters.items()
        },
        "log_likelihood": found.log_likelihood,
        "aic": found.aic,
        "remarks": list(found.remarks),
        "overrides": list(found.overrides()),
    }


def _print(found: "Fit", dataset: "Dataset") -> None:
    from tradegym.cli.data_files import show_times, time_range
    from tradegym.cli.output import print_table

    first, last = show_times(*time_range(dataset))
    print(f"{found.process} fitted to {found.asset}: {found.bars:,} bars, {first} to {last} UTC\n")
    rows = [
        (name, f"{one.value:.6g}", "" if one.error is None else f"{one.error:.3g}")
        for name, one in found.parameters.items()
    ]
    headers = ("parameter", "estimate", "standard error")
    print_table(headers, [rows], right=headers[1:])
    print()
    if found.log_likelihood is not None and found.aic is not None:
        print(f"log-likelihood {found.log_likelihood:,.1f}, AIC {found.aic:,.1f} (less is better)")
    for remark in found.remarks:
        print(f"- {remark}")
    print(f"\nsuch a market: {' '.join(found.overrides())}")
