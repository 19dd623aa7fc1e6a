"""What the courses service keeps, and what goes in and out over HTTP."""
