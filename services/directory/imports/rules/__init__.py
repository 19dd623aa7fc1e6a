"""HR exports as they come (D9): which column is what, and what its values say."""
