"""Who did what to whom: written with the act, sealed into a chain of hashes (docs/decisions/0016)."""
