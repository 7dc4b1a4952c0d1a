"""Mail as a channel of a home, over a mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage

from ml.contract.alert_settings import AlertSettings
from ml.contract.errors import NotTold
from ml.contract.notices import Notice

_TIMEOUT_SECONDS = 5.0


class SmtpMail:
    """Sends mails over a mail server.

    Parameters
    ----------
    settings : AlertSettings
        Server, sender and recipients.
    context : callable
        What certificates are held against.
    timeout : float, default=5
        Seconds that one answer of the server may take.
    """

    def __init__(
        self,
        settings: AlertSettings,
        *,
        context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        self._settings, self._context, self._timeout = settings, context, timeout

    def tell(self, notice: Notice) -> None:
        """Send the mail; a password goes over an encrypted line only."""
        host = self._settings.smtp_host
        try:
            with self._server() as server:
                refused = server.send_message(self._mail(notice))
        except smtplib.SMTPResponseException as error:
            # The server's words may repeat what it was sent.
            raise NotTold(f"{host} answered {error.smtp_code}; {_move(error)}") from None
        except smtplib.SMTPRecipientsRefused:
            raise NotTold(f"{host} refused every recipient; check email_to") from None
        except smtplib.SMTPNotSupportedError:
            raise NotTold(f"{host} offers no STARTTLS or sign-in; use another port") from None
        except (OSError, ValueError) as error:  # ValueError: an address that is none
            raise NotTold(f"{host} did not take the mail ({type(error).__name__})") from None
        if refused:
            raise NotTold(f"{host} refused {len(refused)} of the recipients; check email_to")

    def problem(self) -> str:
        """What its settings lack."""
        return self._settings.mail_problem

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        settings, timeout = self._settings, self._timeout
        where = (settings.smtp_host, settings.smtp_port)
        opened: smtplib.SMTP
        if settings.smtp_security == "tls":
            opened = smtplib.SMTP_SSL(*where, timeout=timeout, context=self._context())
        else:
            opened = smtplib.SMTP(*where, timeout=timeout)
        with closing(opened) as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=self._context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            yield server
            # The mail is taken: a goodbye that goes wrong must not send it again.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _mail(self, notice: Notice) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = notice.subject
        mail["From"] = self._settings.email_from
        mail["To"] = ", ".join(self._settings.recipients)
        mail.set_content(notice.body)
        return mail


def _move(error: smtplib.SMTPResponseException) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "check smtp_user and smtp_password"
    return "it is asked again"
