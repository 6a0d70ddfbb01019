"""The version of civicapp, and nothing else: the command line answers `--version` from here."""

VERSION = "0.1.0"
