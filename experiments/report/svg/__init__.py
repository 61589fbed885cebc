"""Charts as SVG whose lines stretch with the page while their text keeps its size."""
