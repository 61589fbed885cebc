"""The compiled engine: many environments at once, with the accounts of the backtrader engine."""
