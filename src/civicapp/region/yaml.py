"""Read a YAML file of a pack; the parser is imported only when there is something to parse."""

from civicapp.region.files import YAML_LIMIT, File, Reader
from civicapp.region.nodes import Branch


def read_yaml(file: File, reader: Reader) -> Branch | None:
    """Return a YAML file's mapping, or None after noting why there is none."""
    if isinstance(file.parsed, Branch):
        return file.parsed
    text = reader.text(file, YAML_LIMIT)
    if text is None:
        return None
    from civicapp.region.composer import compose

    return compose(text, file.place, reader)
