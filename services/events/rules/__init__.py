"""Decisions, pure: state and time in, new state and what to tell out."""
