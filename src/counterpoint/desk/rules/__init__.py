"""The desk's pages for changing the rules."""
