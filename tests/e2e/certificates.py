"""A self-signed certificate for the tests, made by openssl on the spot."""

import ssl
import subprocess


def make(directory, name="mx.example.test"):
    """(certificate file, key file), both PEM."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        + ["-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    return certificate, key


def client_context(certificate):
    """Trusts that certificate and nothing else."""
    return ssl.create_default_context(cafile=str(certificate))


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
