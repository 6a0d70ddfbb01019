"""Files: does the store of uploads take them?"""

import datetime
import shlex
from collections.abc import Iterator
from pathlib import Path

from civicapp.doctor.finding import Finding, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.doctor.places import refuses_writing, standing_folder
from civicapp.doctor.settings import unsound

PROBE = "civicapp/doctor"  # a name that no service gives


def check_files(host: Host) -> Iterator[Finding]:
    """Try to write where uploads go; of a bucket only ask."""
    if "files" in host.unsound:
        yield unsound(host)
        return
    place = host.settings.files
    if place and place.startswith("s3://"):
        yield _bucket(host, place)
    elif place or host.data_folder:
        yield _folder(Path(place) if place else (host.data_folder or Path()) / "files")
    else:
        yield skipped("the data folder is unknown", host.set("CIVICAPP_DATA"))


def _folder(folder: Path) -> Finding:
    if folder.exists() and not folder.is_dir():
        quoted = shlex.quote(str(folder))
        return error(f"{folder} is no folder", f"mv {quoted} {shlex.quote(f'{folder}.old')}")
    place = standing_folder(folder)
    if problem := refuses_writing(place):
        what = f"{place} cannot be written: {problem.strerror or problem}"
        return error(what, f"ls -ld {shlex.quote(str(place))}")
    return ok(f"{folder} takes files" if folder.is_dir() else f"{folder} will be made")


def _bucket(host: Host, place: str) -> Finding:
    import obstore
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
    from obstore.store import S3Store

    listing = shlex.join(["aws", "s3", "ls", place])
    wait = datetime.timedelta(seconds=host.wait)
    # Given here, options are not taken from the environment any more.
    clear = host.environ.get("AWS_ALLOW_HTTP", "").lower() in ("true", "1")
    try:
        store = S3Store.from_url(
            place,
            client_options={"timeout": wait, "connect_timeout": wait, "allow_http": clear},
            retry_config={"max_retries": 0, "retry_timeout": wait},
        )
        obstore.head(store, PROBE)
    except FileNotFoundError:
        return ok(f"{place} answers; whether it takes files was not tried")
    except UnauthenticatedError:
        return error(f"{place} does not know the key", host.set("AWS_ACCESS_KEY_ID"))
    except PermissionDeniedError:
        what = f"{place} does not say what it holds: the key is wrong, or may not list the bucket"
        return warning(what, listing)
    except (BaseError, OSError) as e:
        return error(f"{place}: {str(e).partition(chr(10))[0]}", listing)
    return ok(f"{place} answers; whether it takes files was not tried")
