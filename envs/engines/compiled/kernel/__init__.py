"""What numba compiles. Each function is also plain Python, so it can be read and run without."""
