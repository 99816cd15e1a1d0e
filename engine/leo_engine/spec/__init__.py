"""What the user wrote, checked and made plain: pure, from text to `model.Dag`."""
