"""Start a new region or a new plugin: the files that an author begins with."""
