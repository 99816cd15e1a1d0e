"""What the user has set, and what the screen remembers of a folder."""
