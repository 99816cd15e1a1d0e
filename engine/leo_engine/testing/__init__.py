"""A fake for every port, and builders for tests. Never imported by production code."""
