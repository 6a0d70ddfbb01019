"""Emergency and service telephone numbers of a region: one table, one page, one API."""
