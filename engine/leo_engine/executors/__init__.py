"""Adapters that run an attempt somewhere: one file per place."""
