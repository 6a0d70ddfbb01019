"""Start a plugin: the files of a small service that works as it is, under a name of its own."""
