"""Contract suites: what every plugin and every region pack keeps to, as tests to subclass."""
