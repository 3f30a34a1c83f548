"""A self-signed certificate for the tests, made by openssl on the spot."""

import ssl
import subprocess

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make(directory, name="mx.example.test", *, expired=False):
    """(certificate file, key file), both PEM."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    if expired:
        # `openssl x509` takes a number of days that is not positive; `req` does not.
        request = directory / "request.pem"
        openssl("req", "-new", *KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        names = directory / "names"
        names.write_text(f"subjectAltName=DNS:{name}\n")
        signing = ["-req", "-in", request, "-signkey", key, "-extfile", names, "-out", certificate]
        openssl("x509", *signing, "-days", "-1")
        return certificate, key
    named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    openssl("req", "-x509", *KEY, "-days", "2", *named, "-keyout", key, "-out", certificate)
    return certificate, key


def client_context(certificate):
    """Trusts that certificate and nothing else."""
    return ssl.create_default_context(cafile=str(certificate))


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
