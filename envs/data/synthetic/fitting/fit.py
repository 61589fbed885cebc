"""Fit a process to real prices."""

from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.data.synthetic.fitting import (  # noqa: F401  registered by the import
    fbm,
    garch,
    gbm,
    heston,
    merton,
    ou,
    regimes,
)
from tradegym.envs.data.synthetic.fitting.registry import ESTIMATORS
from tradegym.envs.data.synthetic.fitting.result import Fit
from tradegym.envs.data.synthetic.fitting.sample import take_sample

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

__all__ = ["ESTIMATORS", "Fit", "fit"]


def fit(process: str, dataset: "Dataset", asset: str | None = None) -> Fit:
    """Estimate the parameters of a process from real prices.

    Parameters
    ----------
    process : str
        gbm, ou, merton, heston, garch, regimes or fbm.
    dataset : Dataset
        The prices; all of its bars are used, so slice off what a test must not know.
    asset : str, optional
        Which of several assets.

    Returns
    -------
    Fit
        Parameters in the units of ``dataset.process``, their standard errors, the likelihood,
        and remarks on how well it fits.

    Raises
    ------
    UserError
        The process cannot be fitted, or not to these prices.
    """
    try:
        estimate = ESTIMATORS[process]
    except KeyError:
        hint = did_you_mean(process, ESTIMATORS)
        raise UserError(
            f"{process}: cannot be fitted; allowed: {', '.join(sorted(ESTIMATORS))}{hint}"
        ) from None
    sample = take_sample(dataset, asset)
    found = estimate(sample)
    likelihood = found.log_likelihood
    return Fit(
        process=process,
        dataset=dataset.name,
        asset=sample.asset,
        bars=len(dataset),
        bars_per_year=sample.per_year,
        start_price=float(sample.bars[0, 3]),
        bar_seconds=dataset.bar_seconds,
        parameters=found.parameters,
        log_likelihood=likelihood,
        aic=None if likelihood is None else 2 * found.free - 2 * likelihood,
        remarks=found.remarks,
    )
