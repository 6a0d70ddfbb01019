"""The command line: one small module per command, imported when the command is run."""
