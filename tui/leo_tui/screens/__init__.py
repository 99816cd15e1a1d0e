"""The main screen and what lies over it: dialogs, forms, lists, comparisons."""
