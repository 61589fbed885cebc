"""Markets made by stochastic processes: a new path for every key, the same path for the same key.

`make_process` turns the node ``dataset.process`` into a process, whose ``draw(key, bars)`` is a
pure function; `fit` estimates the parameters of a process from real prices.
"""
