"""Backup: a region's database and files in one file, put back on any host, moved to another."""
