"""Places: where things lie in a container and on a host with systemd, and what runs there."""

from dataclasses import dataclass

from civicapp.bundle.facts import BundleFacts
from civicapp.resource import Process, Route, Volume

USER = 10001  # of the containers; belongs to nobody on a usual host
PYTHON = "/opt/civicapp/venv/bin/python"


@dataclass(frozen=True, slots=True)
class Place:
    """Paths on one kind of host. listen: the address at which processes listen."""

    bundle: str
    venv: str
    data: str
    secrets: str
    listen: str

    def words(self, process: Process) -> tuple[str, ...]:
        """Return a process's arguments with the names of this place filled in."""
        known = {"{bundle}": self.bundle, "{listen}": self.listen}
        return tuple(known.get(word, word) for word in process.command)

    def folder(self, volume: Volume) -> str:
        """Return where a plugin's volume lies."""
        return f"{self.data}/{volume.name}"


CONTAINER = Place(
    bundle="/opt/civicapp/bundle",
    venv="/opt/civicapp/venv",
    data="/var/lib/civicapp",
    secrets="/run/secrets",
    listen="0.0.0.0",  # noqa: S104 - only the web server's network reaches it
)


def systemd(region: str) -> Place:
    """Return the places of a region on a host without containers; `%d` is systemd's."""
    return Place(
        bundle=f"/opt/civicapp/{region}/bundle",
        venv=f"/opt/civicapp/{region}/venv",
        data=f"/var/lib/civicapp/{region}",
        secrets="%d",
        listen="127.0.0.1",
    )


@dataclass(frozen=True, slots=True)
class Service:
    """A process of a plugin. variable: holds the address at which the web server finds it."""

    process: Process
    routes: tuple[Route, ...]

    @property
    def variable(self) -> str:
        """Name the variable; no two processes have the same port."""
        return f"PROCESS_{self.process.port}_HOST"

    @property
    def matcher(self) -> str:
        """List the paths that go to it: each and all below."""
        paths = (route.path.rstrip("/") for route in self.routes)
        return " ".join(f"{path} {path}/*" for path in paths)


def services(facts: BundleFacts) -> list[Service]:
    """List the processes of plugins with the routes that lead to them."""
    routes = [route for _, route in facts.resources_of(Route)]
    return [
        Service(process, tuple(r for r in routes if r.process == process.name))
        for _, process in facts.resources_of(Process)
    ]
