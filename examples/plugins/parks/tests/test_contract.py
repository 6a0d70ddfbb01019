"""What every plugin keeps to."""

from civicapp.testing import PluginContract


class TestContract(PluginContract):
    plugin = "parks"
