"""Seats and the line for them, for one meeting or one occasion: pure rules that events and courses share.

A `Seating` is the state. `engine.apply` settles one input and gives the next state and what happened.
`record.replay` does the same with all inputs ever recorded. Nothing here waits, stores or looks at a clock.
"""
