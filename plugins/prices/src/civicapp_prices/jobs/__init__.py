"""Background work of prices. Every job may run twice: what it does then is the same."""
