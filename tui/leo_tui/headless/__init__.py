"""Runs without a screen: a live block, lines in a pipe, events as JSON."""
