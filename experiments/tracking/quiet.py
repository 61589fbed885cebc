"""MLflow, imported so that it neither phones home nor chatters."""

import logging
import os
from types import ModuleType

ALWAYS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
UNLESS_SET = {
    # A model that someone else logged must not run code when it is loaded.
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    # MLflow waits for a dead server for minutes, at each request.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
}
_LOGGERS = {"mlflow": logging.ERROR, "alembic": logging.WARNING}


def environment() -> dict[str, str]:
    """Return the variables to set for MLflow in this process and in the ones it starts."""
    return ALWAYS | {name: os.environ.get(name, value) for name, value in UNLESS_SET.items()}


def import_mlflow() -> ModuleType:
    """Import and return ``mlflow``; its settings are read at import, so they are set before."""
    os.environ.update(environment())
    import mlflow

    for name, level in _LOGGERS.items():
        logging.getLogger(name).setLevel(level)
    return mlflow
