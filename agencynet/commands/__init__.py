"""One module for each noun that the program has commands for."""
