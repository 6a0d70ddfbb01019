"""Start a region's pack: a thin one that extends another, or a root pack of its own."""
