"""Maximum likelihood of GARCH(1,1) with Student-t shocks, by the package arch."""

import math

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.synthetic.fitting import goodness
from tradegym.envs.data.synthetic.fitting.registry import estimator
from tradegym.envs.data.synthetic.fitting.result import Estimate, Found
from tradegym.envs.data.synthetic.fitting.sample import Sample

_LONGEST_MEMORY = 0.9999
_VAGUE = 0.5


@estimator("garch")
def fit_garch(sample: Sample) -> Found:
    """Fit by arch (Sheppard), with the curvature's standard errors.

    Raises
    ------
    UserError
        Alpha and beta add up to one: there is no long-run volatility.
    """
    from arch import arch_model  # takes seconds to import

    unit = float(sample.returns.std())  # arch wants numbers near one
    model = arch_model(sample.returns / unit, mean="Constant", vol="GARCH", p=1, q=1, dist="t")
    result = model.fit(disp="off", cov_type="classic")
    names = ["mu", "omega", "alpha[1]", "beta[1]", "nu"]
    mu, omega, alpha, beta, degrees = (float(result.params[name]) for name in names)
    covariance = np.asarray(result.param_cov.loc[names, names], dtype=np.float64)
    rest = 1 - alpha - beta
    if alpha + beta > _LONGEST_MEMORY:
        raise UserError(
            f"{sample.asset}: alpha + beta is {alpha + beta:.5f}, so there is no long-run "
            "volatility to simulate with; use more bars, or fit heston"
        )
    volatility = math.sqrt(omega / rest * sample.per_year) * unit
    # volatility^2 is proportional to omega / (1 - alpha - beta).
    slope = volatility / 2 * np.array([0, 1 / omega, 1 / rest, 1 / rest, 0])
    volatility_error: float | None = math.sqrt(float(slope @ covariance @ slope))
    errors = np.sqrt(np.diag(covariance))
    residuals = np.asarray(result.std_resid, dtype=np.float64)
    half_life = math.log(0.5) / math.log(alpha + beta)
    vague = ""
    if volatility_error is not None and volatility_error > _VAGUE * volatility:
        vague = (
            f"alpha + beta is {alpha + beta:.4f}, so the long-run volatility is not determined "
            f"({volatility:.2f}, standard error {volatility_error:.2f}): volatility is that of the "
            "returns"
        )
        volatility, volatility_error = unit * math.sqrt(sample.per_year), None
    converged = "" if result.convergence_flag == 0 else "the optimiser did not converge"
    return Found(
        {
            "drift": Estimate(
                mu * unit * sample.per_year, float(errors[0]) * unit * sample.per_year
            ),
            "volatility": Estimate(volatility, volatility_error),
            "alpha": Estimate(alpha, float(errors[2])),
            "beta": Estimate(beta, float(errors[3])),
            "degrees": Estimate(degrees, float(errors[4])),
        },
        float(result.loglikelihood) - len(sample.returns) * math.log(unit),
        5,
        tuple(
            filter(
                None,
                (
                    converged,
                    vague,
                    f"half of a shock to the variance is gone after {half_life:.0f} bars",
                    goodness.clustering(residuals),
                    goodness.memory(residuals),
                ),
            )
        ),
    )
