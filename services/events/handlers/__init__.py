"""One function per use case: load, decide, save, announce. None of them commits."""
