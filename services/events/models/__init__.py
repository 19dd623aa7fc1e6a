"""What the service keeps, and what its callers send and get."""
