"""From a configuration to the arrays that the kernel reads."""
