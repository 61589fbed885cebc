"""Parameters of the processes, estimated from real prices; one file per process."""
