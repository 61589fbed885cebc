"""The market environment: data, engines, strategies and rendering."""

from tradegym.envs.lazy_talib import defer_talib

defer_talib()  # before any module of this package imports backtrader
