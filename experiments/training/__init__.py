"""Training: one run from a configuration to a measured agent."""
