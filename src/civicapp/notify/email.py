"""E-mail by SMTP: plain text, one recipient, a Message-ID that is the same at every try."""

import email.policy
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from civicapp.notify.channel import BadTarget, Channel, Outgoing, Undeliverable

TIMEOUT = 30  # seconds
LONGEST = 254  # characters of an address
TLS_PORT = 465  # where TLS begins at once


class EmailChannel(Channel):
    """E-mail through the host's SMTP server."""

    def missing(self) -> str | None:
        """Say which setting is missing."""
        settings = self.settings
        if not settings.smtp_host:
            return "CIVICAPP_SMTP_HOST"
        return None if settings.smtp_from else "CIVICAPP_SMTP_FROM"

    def check_target(self, target: str) -> None:
        """Raise BadTarget unless it is one e-mail address."""
        _address(target)

    def send(self, outgoing: Outgoing) -> None:
        """Hand a message to the server."""
        message = self._message(outgoing)
        server = self._connect()
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as e:
            # Only codes: the server's words name the address.
            codes = [code for code, _ in e.recipients.values()]
            if all(code >= 500 for code in codes):
                raise Undeliverable(f"the mail server refuses the address: {codes}") from None
            raise ConnectionError(f"the mail server does not take it now: {codes}") from None
        except smtplib.SMTPDataError as e:
            if e.smtp_code >= 500:
                raise Undeliverable(f"the mail server refuses the text: {e.smtp_code}") from None
            raise
        finally:
            # The message is accepted or not by now; a server that says no good-bye changes nothing.
            with suppress(Exception):
                server.quit()

    def _connect(self) -> smtplib.SMTP:
        settings, context = self.settings, ssl.create_default_context()
        host, port = settings.smtp_host or "", settings.smtp_port
        if port == TLS_PORT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT)
        try:
            if port != TLS_PORT and settings.smtp_starttls:
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, self._password())
        except BaseException:
            server.close()
            raise
        return server

    def _password(self) -> str:
        file = self.settings.smtp_password_file
        return file.content.get_secret_value() if file else ""

    def _message(self, outgoing: Outgoing) -> EmailMessage:
        name, sender = parseaddr(self.settings.smtp_from or "")
        message = EmailMessage(email.policy.SMTP)
        message["From"] = Address(name, addr_spec=sender)
        message["To"] = _address(outgoing.target)
        message["Subject"] = " ".join(outgoing.message.subject.split())
        message["Date"] = format_datetime(outgoing.created_at)
        message["Message-ID"] = f"<{outgoing.id}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(outgoing.message.text)
        return message


def _address(target: str) -> Address:
    try:
        if len(target) > LONGEST or any(c.isspace() or not c.isprintable() for c in target):
            raise ValueError
        found = Address(addr_spec=target)
        if not (found.username and "." in found.domain):
            raise ValueError
    except Exception as e:
        raise BadTarget("this is no e-mail address") from e
    return found
