"""Mail: reach the server as a message would, up to the sign-in; nothing is sent."""

import shlex
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from civicapp.doctor.finding import Finding, error, ok, warning
from civicapp.doctor.host import Host
from civicapp.doctor.network import reach
from civicapp.doctor.settings import unsound
from civicapp.notify.email import TLS_PORT
from civicapp.settings import Settings


def check_mail(host: Host) -> Iterator[Finding]:
    """Connect, take up TLS, sign in."""
    settings = host.settings
    if any(name.startswith("smtp_") for name in host.unsound):
        yield unsound(host)
        return
    if not settings.smtp_host and not host.production:
        yield ok("no mail server: in development messages are printed")
        return
    if not settings.smtp_host:
        what = "no mail server is set: no e-mail is sent, and pages offer residents none"
        yield warning(what, host.set("CIVICAPP_SMTP_HOST", "mail.example.org"))
        return
    if not settings.smtp_from:
        what = "without a sender no e-mail is sent"
        yield error(what, host.set("CIVICAPP_SMTP_FROM", "Portal <portal@example.org>"))
    yield _server(host, settings, settings.smtp_host)


def _server(host: Host, settings: Settings, name: str) -> Finding:
    port = settings.smtp_port
    at = f"{name}, port {port}"
    if problem := reach(name, port, host.wait):
        command = ["getent", "hosts", name] if problem.unknown else ["nc", "-vz", name, str(port)]
        return error(f"{at}: {problem.reason}", shlex.join(command))
    implicit = port == TLS_PORT
    look = ["openssl", "s_client", *(() if implicit else ("-starttls", "smtp"))]
    tls = shlex.join([*look, "-connect", f"{name}:{port}", "-servername", name])
    try:
        server = _connect(host, settings, name)
        with _ended(server):
            return _signed_in(host, settings, server, at)
    except ssl.SSLCertVerificationError as e:
        return error(f"{at}: its certificate is not good: {e.verify_message}", tls)
    except ssl.SSLError as e:
        return error(f"{at}: no TLS: {e.reason or e}", tls)
    except smtplib.SMTPNotSupportedError:
        what = f"{at} offers no STARTTLS: passwords and messages would travel in clear"
        return error(what, tls)
    except (smtplib.SMTPException, OSError) as e:
        return error(f"{at}: {_said(e, host.wait)}", tls)


def _connect(host: Host, settings: Settings, name: str) -> smtplib.SMTP:
    """Connect as a message does; raise what smtplib, ssl and the system raise."""
    context, port = ssl.create_default_context(), settings.smtp_port
    if port == TLS_PORT:
        return smtplib.SMTP_SSL(name, port, timeout=host.wait, context=context)
    server = smtplib.SMTP(name, port, timeout=host.wait)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.smtp_starttls:
            server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


@contextmanager
def _ended(server: smtplib.SMTP) -> Iterator[None]:
    """Say good-bye to a server in the end; one that does not answer that changes nothing."""
    try:
        yield
    finally:
        with suppress(Exception):
            server.quit()
        server.close()


def _signed_in(  # noqa: PLR0911 - a fault each
    host: Host, settings: Settings, server: smtplib.SMTP, at: str
) -> Finding:
    secured = "TLS" if settings.smtp_port == TLS_PORT or settings.smtp_starttls else "in clear"
    file = settings.smtp_password_file
    if not settings.smtp_user:
        if secured == "in clear":
            what = f"{at} answers; messages travel to it in clear"
            return warning(what, host.set("CIVICAPP_SMTP_STARTTLS", "true"))
        return ok(f"{at} answers, {secured}, without sign-in")
    if file is None:
        what = f"there is no password for `{settings.smtp_user}`"
        return error(what, host.set("CIVICAPP_SMTP_PASSWORD_FILE"))
    try:
        server.login(settings.smtp_user, file.content.get_secret_value())
    except smtplib.SMTPNotSupportedError:
        return error(f"{at} offers no sign-in", "unset CIVICAPP_SMTP_USER")
    except smtplib.SMTPAuthenticationError as e:
        what = f"{at} refuses user `{settings.smtp_user}`, or the password: {e.smtp_code}"
        return error(what, f"vi {shlex.quote(str(file))}")
    if secured == "in clear":
        what = f"{at} takes the sign-in; the password travels in clear"
        return warning(what, host.set("CIVICAPP_SMTP_STARTTLS", "true"))
    return ok(f"{at} takes the sign-in, {secured}")


def _said(error: Exception, wait: float) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return f"no answer within {wait:g} s"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answers {error.smtp_code}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "it hangs up"
