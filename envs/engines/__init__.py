"""What executes orders and keeps the accounts."""
