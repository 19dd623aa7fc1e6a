"""What every page has in common: words, forms, the way to the other services, and how it looks."""
