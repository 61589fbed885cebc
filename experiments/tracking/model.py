"""A trained agent as an MLflow model."""

import tempfile
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from tradegym.experiments.tracking.base import ModelBundle
from tradegym.experiments.tracking.bundle import write_bundle
from tradegym.experiments.tracking.quiet import import_mlflow
from tradegym.experiments.tracking.spaces import Space

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature

MODEL_NAME = "model"
CODE = Path(__file__).with_name("pyfunc_agent.py")
REQUIREMENTS = (
    "tradegym-runner",
    "mlflow",
    "numpy",
    "gymnasium",
    "stable-baselines3",
    "sb3-contrib",
    "torch",
)


def log_bundle(client: "MlflowClient", experiment_id: str, run_id: str, model: ModelBundle) -> None:
    """Store ``model`` as the model ``model`` of a run.

    ``mlflow.pyfunc.load_model("runs:/<run id>/model")`` loads it; its ``predict`` takes a batch
    of observations and returns actions.
    """
    from mlflow.entities import LoggedModelOutput

    logged = client.create_logged_model(experiment_id, name=MODEL_NAME, source_run_id=run_id)
    try:
        with tempfile.TemporaryDirectory(prefix="tradegym-") as folder:
            path = Path(folder) / MODEL_NAME
            save_pyfunc(model, path, run_id=run_id, model_id=logged.model_id)
            client.log_model_artifacts(logged.model_id, str(path))
        client.finalize_logged_model(logged.model_id, "READY")
    except BaseException:
        client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, model.step)])


def save_pyfunc(
    model: ModelBundle, path: Path, run_id: str | None = None, model_id: str | None = None
) -> None:
    """Write ``model`` as an MLflow model into ``path``, which must not exist."""
    import_mlflow()
    # Imported before the filter below is set, since importing it sets filters of its own.
    from mlflow.models import Model
    from mlflow.pyfunc import save_model

    with tempfile.TemporaryDirectory(prefix="tradegym-") as folder, warnings.catch_warnings():
        bundle = Path(folder) / "bundle"
        write_bundle(model, bundle)
        warnings.simplefilter("ignore")  # advice about type hints and examples
        save_model(
            path=str(path),
            python_model=str(CODE),
            artifacts={"bundle": str(bundle)},
            signature=signature(model.observation_space, model.action_space),
            # Inferring them would import the model in another process, for seconds.
            pip_requirements=requirements(),
            mlflow_model=Model(run_id=run_id, model_id=model_id),
        )


def signature(observation_space: Space, action_space: Space) -> "ModelSignature":
    """Return the shapes and dtypes of a batch of observations and of actions."""
    from mlflow.models import ModelSignature
    from mlflow.types import ParamSchema, ParamSpec, Schema, TensorSpec

    def spec(space: Space, name: str | None = None) -> Any:
        # SB3 answers with 64-bit integers whatever the dtype of a Discrete space.
        dtype = space.dtype if isinstance(space, spaces.Box) else np.dtype(np.int64)
        return TensorSpec(np.dtype(dtype), (-1, *(space.shape or ())), name)

    if isinstance(observation_space, spaces.Dict):
        inputs = [spec(part, key) for key, part in observation_space.spaces.items()]
    else:
        inputs = [spec(observation_space)]
    return ModelSignature(
        inputs=Schema(inputs),
        outputs=Schema([spec(action_space)]),
        params=ParamSchema([ParamSpec("deterministic", "boolean", True)]),
    )


def requirements() -> list[str]:
    """Return the packages that loading the model needs, at their present versions."""
    found = []
    for package in REQUIREMENTS:
        try:
            found.append(f"{package}=={version(package).split('+')[0]}")
        except PackageNotFoundError:
            found.append(package)
    return found
