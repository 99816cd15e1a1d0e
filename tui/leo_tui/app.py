"""The Textual application: themes, the screens, and the way out."""
