"""Configuration: groups of options (YAML), their schema, and the way from one to the other."""
