"""Secrets: each there, its owner's alone, and of the form that is wanted; none is ever shown."""

import shlex
import stat
from collections.abc import Iterator, Mapping
from os import geteuid
from pathlib import Path

from civicapp.bundle.facts import KERNEL_SECRETS
from civicapp.bundle.secrets import default_folder
from civicapp.config import Secret
from civicapp.doctor.finding import Finding, counted, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.doctor.plugins import secrets_of
from civicapp.identity.crypto import KEY_FILE, BadKey, open_cipher
from civicapp.region.references import secret_references
from civicapp.secretfile import CREDENTIALS, OTHERS, BadSecretFile, closing, is_open, read_secret

KEY, KEY_VARIABLE = "CIVICAPP_SECRET_KEY", "CIVICAPP_SECRET_KEY_FILE"
MOUNTED = Path("/run/secrets")  # where Compose puts them; the folder is the container's


def check_secrets(host: Host) -> Iterator[Finding]:
    """Look at every file that holds a secret, and at the folders around them."""
    found = [*_refused(host), *_key(host), *_of_plugins(host)]
    files = _named(host)
    folders = {path.parent for path in files.values()}
    beside = default_folder(host.folder) if host.folder and host.is_bundle else None
    if beside and beside.is_dir():
        folders.add(beside)
        files |= {p.name: p for p in sorted(beside.iterdir()) if p not in files.values()}
    for path in dict.fromkeys(files.values()):
        found += _closed(host, path)
    for folder in sorted(folders):
        found += _folder(host, folder)
    found += _settings_file(host)
    yield from found
    if not found:
        many = counted(len(files), "file") if files else "no file"
        yield ok(f"{many} with a secret" + (", for its owner alone" if files else ""))


def _named(host: Host) -> dict[str, Path]:
    """Return the files that variables of ours and of the plugins name, where there is one."""
    names = [secret.variable for secret in KERNEL_SECRETS]
    if host.kernel:
        names += [secret.variable for _, secret in secrets_of(host.kernel)]
    named = {name: Path(host.environ[name]) for name in names if host.environ.get(name)}
    if KEY_VARIABLE not in named and not host.production and (data := host.data_folder):
        named["the key that was made here"] = data / KEY_FILE
    return {name: path for name, path in named.items() if path.is_file()}


def _refused(host: Host) -> Iterator[Finding]:
    """Tell of the files that stop the start."""
    for problem in host.problems:
        if problem.code != "secret-file":
            continue
        name = problem.message.partition(":")[0]
        path = Path(host.environ.get(name) or "")
        if problem.hint.startswith(("chmod", "chown")):
            continue  # found again when each file is looked at
        if not name.endswith("_FILE"):
            yield error(problem.message, f"unset {name}" if name == KEY else f"unset {_FILE}")
        elif name == KEY_VARIABLE and not path.exists():
            what = (
                f"{problem.message}: if this host had one, put it back; only a new host makes one"
            )
            yield error(what, _make_key(path))
        else:
            edit = f"{'sudoedit' if path.exists() and not _mine(path) else 'vi'}"
            yield error(problem.message, f"{edit} {shlex.quote(str(path))}")


_FILE = "CIVICAPP_DATABASE_PASSWORD_FILE"


def _make_key(path: Path) -> str:
    return f"openssl rand -hex 32 | install -m 600 /dev/stdin {shlex.quote(str(path))}"


def _key(host: Host) -> Iterator[Finding]:
    settings, data = host.settings, host.data_folder
    if {"secret_key", "secret_key_file"} & host.unsound:
        return
    if settings.secret_key is None:
        if not host.production or settings.demo:
            return
        beside = default_folder(host.folder) / KEY_FILE if host.folder and host.is_bundle else None
        there = beside is not None and beside.is_file()
        what = "a production host needs a secret key"
        if there:
            yield error(f"{what}; {beside} is not named", host.set(KEY_VARIABLE, _whole(beside)))
        else:
            path = beside or Path(KEY_FILE)
            new = f"{_make_key(path)} && {host.set(KEY_VARIABLE, _whole(path))}"
            yield error(what, new)
        return
    try:
        open_cipher(settings, data or Path())
    except BadKey as e:
        file = settings.secret_key_file
        yield error(str(e), f"vi {shlex.quote(str(file))}" if file else host.set(KEY))


def _of_plugins(host: Host) -> Iterator[Finding]:
    for id, secret in secrets_of(host.kernel) if host.kernel else ():
        path = host.environ.get(secret.variable)
        if not path:
            beside = default_folder(host.folder) / secret.name if host.folder else None
            place = _whole(beside) if beside and beside.is_file() else "…"
            what = f"plugin {id} wants {secret.variable}: {secret.help}"
            yield error(what, host.set(secret.variable, place))
            continue
        try:
            read_secret(Path(path), strict=False)
        except BadSecretFile as e:
            yield error(f"{secret.variable}: {e}", f"vi {shlex.quote(path)}")


def _closed(host: Host, path: Path) -> Iterator[Finding]:
    """Find rights of others on a file, and another owner than the user who runs this."""
    try:
        found = path.stat()
    except OSError:
        return  # whoever names it has told
    if is_open(path, found):
        what = f"{path} can be read by others (mode {stat.S_IMODE(found.st_mode):04o})"
        say = error if host.production else warning
        yield say(what, closing(path, found))
    elif found.st_uid != geteuid() and not _of_system(host, path) and geteuid() != 0:
        what = f"{path} belongs to another user (number {found.st_uid})"
        yield warning(what, closing(path, found))


def _folder(host: Host, folder: Path) -> Iterator[Finding]:
    try:
        found = folder.stat()
    except OSError:
        return
    if found.st_mode & OTHERS and not _of_system(host, folder / "any"):
        what = f"{folder} is open to others (mode {stat.S_IMODE(found.st_mode):04o})"
        yield warning(what, f"chmod 700 {shlex.quote(str(folder))}")


def _of_system(host: Host, path: Path) -> bool:
    """Tell whether the system hands out a file, in a folder that is not the operator's."""
    credentials = host.environ.get(CREDENTIALS)
    return path.parent == MOUNTED or bool(credentials and path.parent == Path(credentials))


def _whole(path: Path | None) -> str:
    """Write a path as a setting holds it: the servers run in another folder."""
    return str(path.absolute()) if path else ""


def _mine(path: Path) -> bool:
    return path.stat().st_uid == geteuid()


def _settings_file(host: Host) -> Iterator[Finding]:
    file = host.folder / ".env" if host.folder and host.is_bundle else None
    if file and file.is_file() and file.stat().st_mode & OTHERS:
        mode = stat.S_IMODE(file.stat().st_mode)
        what = f"{file} may hold the key of a bucket, and others can read it (mode {mode:04o})"
        yield warning(what, f"chmod 600 {shlex.quote(str(file))}")


def check_references(host: Host) -> Iterator[Finding]:
    """Find what the pack refers to by `${env:…}` and `${file:…}` and what is not there."""
    region = host.boot.region
    if region is None:
        yield skipped("the region cannot be read", host.civicapp("check", host.name))
        return
    references: Mapping[str, Secret] = secret_references(region)
    found = [f for key, secret in references.items() for f in _unresolved(host, key, secret)]
    yield from found
    if not found:
        many = counted(len(references), "secret") if references else "no secret"
        yield ok(f"the pack refers to {many}" + (", all there" if references else ""))


def _unresolved(host: Host, key: str, secret: Secret) -> Iterator[Finding]:
    match = Secret.PATTERN.fullmatch(secret.reference)
    kind, _, name = (match[1] if match else "").partition(":")
    if kind == "env":
        if not host.environ.get(name):
            yield error(f"{key} refers to {name}, which is not set", host.set(name))
        return
    path = Path(name)
    try:
        read_secret(path, strict=False)
    except BadSecretFile as e:
        new = f"install -m 600 /dev/stdin {shlex.quote(name)}"
        yield error(f"{key}: {e}", new if not path.exists() else f"vi {shlex.quote(name)}")
    else:
        yield from _closed(host, path)
