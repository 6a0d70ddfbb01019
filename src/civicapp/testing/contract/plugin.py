"""PluginContract: what every plugin keeps to; subclass it and name the plugin.

class TestParks(PluginContract):
    plugin = "parks"
"""

from civicapp.testing.contract.called import Called
from civicapp.testing.contract.described import Described
from civicapp.testing.contract.served import Served
from civicapp.testing.contract.stored import Stored
from civicapp.testing.contract.working import Working


class PluginContract(Working, Called, Served, Stored, Described):
    """What every plugin keeps to. plugin: its id.

    It boots in the invented island with the files that it brings as `starter`; a fixture
    `pack_files` gives more. Each test says what is wrong and how to mend it.
    """
