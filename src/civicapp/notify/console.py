"""The console: notices of a demonstration are printed, where whoever tries it reads them."""

from civicapp.notify.channel import Channel, Outgoing


class ConsoleChannel(Channel):
    """Print messages; never on a host that serves residents."""

    def missing(self) -> str | None:
        """Say that a production host has no console to read."""
        settings = self.settings
        return None if settings.demo or settings.env == "development" else "CIVICAPP_DEMO"

    def send(self, outgoing: Outgoing) -> None:
        """Print a message, in one piece."""
        message = outgoing.message
        rule = "─" * 20
        print(
            f"{rule} notice {outgoing.id}\nTo: {outgoing.target}\nSubject: {message.subject}\n\n"
            f"{message.text.rstrip()}\n{rule}",
            flush=True,
        )
