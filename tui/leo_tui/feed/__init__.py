"""Between screen and engine: a thread that runs, one that reads, an inbox between."""
