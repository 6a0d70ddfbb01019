"""The rules of complaints: no database, no web, no clock of their own."""
