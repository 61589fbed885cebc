import numpy as np
import pytest

from tradegym.conf.schema.process import ProcessConfig
from tradegym.envs.data.synthetic.process import make_process


@pytest.fixture
def process():
    """A process by kind; daily bars every day, without volume, unless said otherwise."""

    def make(kind, **keys):
        usual = {} if kind == "bootstrap" else {"calendar": "always", "volume": {"mean": 0}}
        return make_process(ProcessConfig.model_validate({"kind": kind, **usual, **keys}))

    return make


@pytest.fixture
def log_returns():
    """The log returns of the closes of a drawn path, [T - 1, A]."""

    def returns(dataset):
        return np.diff(np.log(dataset.ohlcv[..., 3]), axis=0)

    return returns


@pytest.fixture
def autocorrelation():
    def of(series, lag):
        x = series - series.mean()
        return float(x[lag:] @ x[:-lag] / (x @ x))

    return of
