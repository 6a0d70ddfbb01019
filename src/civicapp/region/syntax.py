"""Check the files of a pack one by one, when its parents or its region.yaml cannot be read.

What a file inherits is then unknown, so that nothing can be called unknown or missing.
"""

from civicapp.region.content import read_page
from civicapp.region.csv import read_csv
from civicapp.region.draft import Draft
from civicapp.region.files import File, Reader
from civicapp.region.geojson import read_geojson
from civicapp.region.layer import REGION
from civicapp.region.models import RegionConfig
from civicapp.region.validate import read_model
from civicapp.region.yaml import read_yaml


def check_syntax(draft: Draft) -> None:
    """Note what is wrong with each file for itself."""
    draft.skipped.append("rules across files: a parent pack, region.yaml or a folder is missing")
    draft.checks.areas = draft.checks.agencies = None
    draft.checks.languages = ()
    read_model(RegionConfig, draft.pack.config, draft.checks, {}, partly=True)
    for layer in draft.pack.layers:
        for name, file in layer.found.items():
            if name != REGION:
                _check(name, file, draft.reader)


def _check(name: str, file: File, reader: Reader) -> None:
    match file.suffix:
        case ".yaml":
            read_yaml(file, reader)
        case ".csv":
            read_csv(file, reader, (), None, ())
        case ".geojson":
            read_geojson(file, reader)
        case ".md" if name.startswith("content/"):
            read_page(file, "", "", reader)
