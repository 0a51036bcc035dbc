"""What the server says: every reply once, with its enhanced status code (RFC 5321, 4.2; RFC 2034; RFC 3463)."""

from __future__ import annotations

import functools

OK = b"250 2.0.0 Ok\r\n"
CHUNK_TAKEN = b"250 2.0.0 Chunk received\r\n"
SENDER_OK = b"250 2.1.0 Sender ok\r\n"
RECIPIENT_OK = b"250 2.1.5 Recipient ok\r\n"
HELP = b"214 2.0.0 Commands: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP AUTH STARTTLS QUIT\r\n"
VERIFY = b"252 2.5.2 Send some mail and see\r\n"
BYE = b"221 2.0.0 Bye\r\n"
SEND_CONTENT = b"354 End data with <CR><LF>.<CR><LF>\r\n"
START_TLS = b"220 2.0.0 Ready to start TLS\r\n"

AUTHENTICATED = b"235 2.7.0 Authentication successful\r\n"
GO_ON = b"334 \r\n"
ASK_USERNAME = b"334 VXNlcm5hbWU6\r\n"
ASK_PASSWORD = b"334 UGFzc3dvcmQ6\r\n"
AUTH_CANCELLED = b"501 5.7.0 Authentication cancelled\r\n"
AUTH_MALFORMED = b"501 5.5.2 Credentials must be base64 of UTF-8\r\n"
AUTH_MECHANISM = b"504 5.5.4 Mechanisms are PLAIN and LOGIN\r\n"
AUTH_REFUSED = b"535 5.7.8 Credentials are not valid\r\n"
AUTH_NOT_NOW = b"454 4.7.0 Credentials cannot be checked now, try again later\r\n"
AUTH_LATER = b"503 5.5.1 AUTH comes after EHLO and before MAIL\r\n"
AUTH_ALREADY = b"503 5.5.1 Already authenticated\r\n"

SHUTTING_DOWN = b"421 4.3.2 Shutting down, try again later\r\n"
TOO_SLOW = b"421 4.4.2 Timed out, closing the connection\r\n"
TOO_MANY_ERRORS = b"421 4.7.0 Too many errors, closing the connection\r\n"
TOO_MANY_CONNECTIONS = b"421 4.3.2 Too many connections, try again later\r\n"
TOO_MANY_OF_YOURS = b"421 4.7.0 Too many connections from your address, try again later\r\n"
SHUT_OUT_NOW = b"421 4.7.1 Your address was blocked, closing the connection\r\n"
NOT_KEPT = b"451 4.3.0 The mail could not be kept, try again later\r\n"
TOO_MANY_RECIPIENTS = b"452 4.5.3 Too many recipients, send the rest in another mail\r\n"
NO_MEMORY = b"452 4.3.1 Too much mail at once, try again later\r\n"
TLS_UNAVAILABLE = b"454 4.7.0 TLS is not available\r\n"

NOT_UTF8 = b"500 5.5.2 Commands must be UTF-8\r\n"
UNKNOWN_COMMAND = b"500 5.5.2 Command not recognised\r\n"
LINE_TOO_LONG = b"500 5.5.6 Line too long\r\n"
NO_PARAMETERS = b"501 5.5.4 The command takes no parameters\r\n"
NEEDS_ADDRESS = b"501 5.5.4 Give an address\r\n"
NEEDS_HOSTNAME = b"501 5.5.4 Give your host name\r\n"
SYNTAX_OF_MAIL = b"501 5.5.4 Syntax: MAIL FROM:<address> [parameters]\r\n"
SYNTAX_OF_RECIPIENT = b"501 5.5.4 Syntax: RCPT TO:<address>\r\n"
SYNTAX_OF_CHUNK = b"501 5.5.4 Syntax: BDAT length [LAST]\r\n"
BAD_SENDER = b"501 5.1.7 The sender's address is not valid\r\n"
BAD_RECIPIENT = b"501 5.1.3 The recipient's address is not valid\r\n"
BAD_PARAMETER = b"501 5.5.4 A parameter's value is not valid\r\n"
NOT_IMPLEMENTED = b"502 5.5.1 Command not implemented\r\n"
HELLO_FIRST = b"503 5.5.1 Say EHLO first\r\n"
MAIL_FIRST = b"503 5.5.1 MAIL comes first\r\n"
MAIL_ALREADY = b"503 5.5.1 A mail is already begun\r\n"
RECIPIENT_FIRST = b"503 5.5.1 RCPT comes first\r\n"
CHUNKS_BEGUN = b"503 5.5.1 The mail is coming in BDAT\r\n"
TLS_ALREADY = b"503 5.5.1 TLS is already active\r\n"
NOT_OUR_DOMAIN = b"550 5.1.1 No such mailbox here\r\n"
SHUT_OUT = b"554 5.7.1 Your address is blocked here\r\n"
TOO_BIG = b"552 5.3.4 The mail is too big\r\n"
NEEDS_SMTPUTF8 = b"553 5.6.7 The address needs SMTPUTF8\r\n"
NO_RECIPIENTS = b"554 5.5.1 No valid recipients\r\n"
UNKNOWN_PARAMETER = b"555 5.5.4 A parameter is not known\r\n"


@functools.cache
def greeting(hostname: str) -> bytes:
    """The first line of a connection (RFC 5321, 4.3.1)."""
    return f"220 {hostname} ESMTP Restante\r\n".encode()


def kept(queue_id: str) -> bytes:
    """The mail is safe; clients read the id from this line."""
    return f"250 2.0.0 OK: queued as {queue_id}\r\n".encode()


@functools.cache
def hello(hostname: str) -> bytes:
    """The answer to HELO (RFC 5321, 4.1.1.1)."""
    return f"250 {hostname}\r\n".encode()


@functools.cache
def extended_hello(hostname: str, *, size: int, start_tls: bool) -> bytes:
    """The answer to EHLO: the extensions that are offered."""
    lines = [
        hostname,
        "PIPELINING",
        f"SIZE {size}",
        *(["STARTTLS"] if start_tls else []),
        "AUTH PLAIN LOGIN",
        "ENHANCEDSTATUSCODES",
        "8BITMIME",
        "SMTPUTF8",
        "CHUNKING",
        "HELP",
    ]
    return "".join(f"250{'-' if line != lines[-1] else ' '}{line}\r\n" for line in lines).encode()
