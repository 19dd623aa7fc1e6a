"""Decisions about courses: no await, no clock, no I/O."""
