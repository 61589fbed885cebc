import sys

import pytest
from registered_leaks import registered


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch):
    """Registered leaks, and the folders that imports by path add, are gone after a test."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    with registered():
        yield
