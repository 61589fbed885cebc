"""What a fit says."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimated parameter.

    Attributes
    ----------
    value : float
        In the unit of the key of the same name below ``dataset.process``.
    error : float or None
        Standard error; None where the estimator gives none.
    """

    value: float
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the estimator of one process returns.

    Attributes
    ----------
    parameters : Mapping of str to Estimate
        By key below ``dataset.process``.
    log_likelihood : float or None
        Of the log returns given the first close; None where it has no closed form.
    free : int
        Number of free parameters.
    remarks : tuple of str
        How well it fits and what to beware of, one sentence each.
    """

    parameters: Mapping[str, Estimate]
    log_likelihood: float | None
    free: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A process fitted to real prices.

    Attributes
    ----------
    process, dataset, asset : str
        What was fitted to which prices.
    bars : int
        Bars used.
    bars_per_year : float
        What rates and volatilities were annualised with.
    start_price : float
        The first close.
    bar_seconds : float
        Length of a bar.
    parameters : Mapping of str to Estimate
        By key below ``dataset.process``.
    log_likelihood, aic : float or None
        Of the log returns given the first close, so that processes can be compared: a smaller
        AIC (``2 x parameters - 2 x log-likelihood``) is better.
    remarks : tuple of str
        How well it fits and what to beware of, one sentence each.
    """

    process: str
    dataset: str
    asset: str
    bars: int
    bars_per_year: float
    start_price: float
    bar_seconds: float
    parameters: Mapping[str, Estimate]
    log_likelihood: float | None
    aic: float | None
    remarks: tuple[str, ...]

    def overrides(self) -> tuple[str, ...]:
        """Return the command-line overrides that make such a market."""
        values = {"start_price": self.start_price, "bars_per_year": self.bars_per_year}
        values |= {name: estimate.value for name, estimate in self.parameters.items()}
        settings = [f"dataset.process.{name}={value:.6g}" for name, value in values.items()]
        return (f"dataset=synthetic/{self.process}", *settings)
