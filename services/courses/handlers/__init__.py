"""The use cases of courses: load, decide, save, announce. None of them commits."""
