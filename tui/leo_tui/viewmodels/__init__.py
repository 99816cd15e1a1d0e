"""What is shown, as pure folds over what the engine says. No terminal, no Textual."""
