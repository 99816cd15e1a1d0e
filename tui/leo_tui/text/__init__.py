"""Text for a terminal: made harmless, measured in cells, laid out in columns. Pure."""
