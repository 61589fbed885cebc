"""The code of the models in MLflow; it is copied next to each model and run when one is loaded."""

from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from tradegym.experiments.tracking.bundle import LoadedPolicy


class TradingAgent(PythonModel):  # type: ignore[misc, unused-ignore]
    """Answers observations with actions."""

    # MLflow reads type hints of predict() as a schema, and asks for them; the signature is
    # given instead.
    _skip_type_hint_validation = True

    def load_context(self, context: PythonModelContext) -> None:
        """Load the agent from the model's artifacts."""
        self._policy = LoadedPolicy(Path(context.artifacts["bundle"]))

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        """Return one action for each observation.

        ``params`` may hold ``deterministic`` (True by default).
        """
        deterministic: Any = (params or {}).get("deterministic", True)
        return self._policy.actions(model_input, bool(deterministic))


set_model(TradingAgent())
