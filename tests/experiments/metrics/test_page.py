"""The page about the metrics says of each what the table of metrics says."""

from pathlib import Path

import pytest

from tradegym.experiments.metrics import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_explained(name):
    page, spec = PAGE.read_text(), METRICS[name]
    assert f"**{spec.label}** (`{name}`, {spec.unit})" in page
    for text in (spec.description, spec.formula, spec.source):
        assert text in page


def test_the_page_has_no_metric_that_does_not_exist():
    named = [line.split("`")[1] for line in PAGE.read_text().splitlines() if line[:3] == "- *"]
    assert named == list(METRICS)
