"""Who runs what next: deques, stealing, pools. Pure."""
