"""The files of a bundle that a host reads: containers, systemd, web server, settings, README."""

from civicapp.bundle.host.render import render_host

__all__ = ["render_host"]
