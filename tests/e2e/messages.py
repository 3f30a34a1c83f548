"""Messages as bytes with CRLF line ends."""

import base64


def message(subject="a mail", body=b"Hello.\r\n", sender="Someone <someone@sender.example>", to="ada@example.test", extra=b""):
    head = (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n"
        "Date: Mon, 02 Nov 2026 09:12:41 +0100\r\nMessage-ID: <1@sender.example>\r\n"
    )
    return head.encode("utf-8") + extra + b"\r\n" + body


def with_attachment(name, content=b"content", subject="with an attachment", declared="application/octet-stream"):
    head = message(subject, b"", extra=b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="edge"\r\n')
    parts = (
        "--edge\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nSee the attachment.\r\n"
        f'--edge\r\nContent-Type: {declared}; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    return head + parts + base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--edge--\r\n"
