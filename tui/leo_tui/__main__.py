"""`python -m leo_tui` is `leo-tui`."""

from leo_tui.cli import main

if __name__ == "__main__":
    main()
