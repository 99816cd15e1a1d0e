"""The main screen: its layout and state, what keys do, how it is kept up to date."""
