"""What the panels beside the tasks show, as lines."""
