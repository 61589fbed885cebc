"""The reference engine: a real ``bt.Cerebro``, stepped in process by a greenlet."""
