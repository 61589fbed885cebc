"""The schema: one frozen pydantic model per group of keys, with types, ranges and descriptions."""
