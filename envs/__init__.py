"""The market environment: data, engines, strategies and rendering."""
