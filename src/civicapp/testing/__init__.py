"""What tests of civicapp and of plugins share: pytest plugins, started with `-p` or by name."""
