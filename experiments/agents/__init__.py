"""Agents: the SB3 algorithms and the rules that decide what to trade, and what keeps them."""
