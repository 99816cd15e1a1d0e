"""The machine of one run: events in, commands out.

Pure: no clock, no I/O, no randomness.
"""
