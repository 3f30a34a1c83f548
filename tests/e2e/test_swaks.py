"""Tools of others speak with it: swaks and Postfix's smtp-source."""

import subprocess

import pytest


def swaks(postern, *arguments):
    done = subprocess.run(
        ["swaks", "--server", postern.smtp.rpartition(":")[0], "--port", postern.smtp.rpartition(":")[2]]
        + ["--helo", "client.example.org", "--from", "swaks@sender.example", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("options", [[], ["--pipeline"], ["--attach-type", "text/plain", "--attach", "@/etc/hostname"]])
def test_swaks_delivers(instances, standin, options):
    postern = instances(standin)
    code, said = swaks(postern, "--to", "ada@example.test,ben@example.test", *options)
    assert code == 0, said
    assert standin.mails[0].recipients == ["ada@example.test", "ben@example.test"]


def test_smtp_source_delivers_many(instances, standin):
    postern = instances(standin)
    subprocess.run(
        ["smtp-source", "-s", "10", "-m", "200", "-l", "4000", "-f", "load@sender.example"]
        + ["-t", "ada@example.test", postern.smtp],
        check=True,
        timeout=120,
    )
    assert len(standin.mails) == 200
