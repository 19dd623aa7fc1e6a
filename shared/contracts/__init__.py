"""The messages that services and agencies exchange. Additive changes only."""
