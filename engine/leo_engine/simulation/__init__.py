"""A run on a virtual clock, with the real machine and the real placement. Pure."""
