"""Downloads bars from public price services into a checked Parquet file."""
