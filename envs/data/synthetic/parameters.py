"""The parameters of one path, drawn from their ranges."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.schema.base import ConfigModel, field_extra
from tradegym.conf.schema.parameters import KIND, ParameterModel, Range
from tradegym.envs.data.synthetic.elementary import power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.conf.schema.process import ProcessConfig

SHARED = frozenset({"correlation", "degrees", "block_length", "duration", "weight"})
"""Parameters that the assets of a path have in common; each asset draws its own of the others."""

Values = Mapping[str, "NDArray[np.float64]"]


def ranges(config: "ProcessConfig") -> dict[str, Range]:
    """Return the ranges of the parameters that count, by key below ``dataset.process``.

    A correlation matrix is not a range and is left out.
    """
    return dict(_walk(config, ""))


def _walk(model: ConfigModel, prefix: str) -> list[tuple[str, Range]]:
    found: list[tuple[str, Range]] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if not model.is_active(name):
            continue
        if isinstance(value, ParameterModel):
            found += _walk(value, f"{prefix}{name}.")
        elif field_extra(field.json_schema_extra).get("kind") == KIND and not _is_matrix(value):
            found.append((f"{prefix}{name}", Range.of(value)))
    return found


def _is_matrix(value: object) -> bool:
    return isinstance(value, tuple) and isinstance(value[0], tuple)


def draw_parameters(
    spans: Mapping[str, Range], assets: int, generator: np.random.Generator
) -> dict[str, "NDArray[np.float64]"]:
    """Draw every parameter, one value per asset.

    Parameters
    ----------
    spans : Mapping of str to Range
        The ranges by key.
    assets : int
        Number of assets, A.
    generator : numpy.random.Generator
        One uniform number is drawn per asset and parameter, for fixed ones too, so that to fix
        one parameter leaves the others as they were.

    Returns
    -------
    dict of str to ndarray of float64, shape [A]
    """
    values: dict[str, NDArray[np.float64]] = {}
    for name, span in spans.items():
        uniform = generator.random(assets)
        if name.rpartition(".")[2] in SHARED:
            uniform[:] = uniform[0]
        if span.low == span.high:
            values[name] = np.full(assets, span.low)
        elif span.log:
            ratio = span.high / span.low
            grown = np.array([span.low * power(ratio, one) for one in uniform.tolist()])
            values[name] = np.clip(grown, span.low, span.high)
        else:
            values[name] = span.low + (span.high - span.low) * uniform
    return values
