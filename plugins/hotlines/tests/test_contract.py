"""What every plugin keeps to."""

from civicapp.testing import PluginContract


class TestHotlines(PluginContract):
    plugin = "hotlines"
