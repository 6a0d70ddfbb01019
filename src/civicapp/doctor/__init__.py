"""Doctor: examine the host that runs a bundle, and say of each fault what to type."""

from civicapp.doctor.examine import Examined, examine
from civicapp.doctor.finding import Level
from civicapp.doctor.host import Host, look

__all__ = ["Examined", "Host", "Level", "examine", "look"]
