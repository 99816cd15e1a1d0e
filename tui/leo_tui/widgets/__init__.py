"""What the screens are made of: each draws a view model, none asks the engine."""
