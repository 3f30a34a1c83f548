"""The package as a file, and the service it brings, without installing anything."""

import pathlib
import re
import shutil
import subprocess
import tarfile
import tomllib

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
UNIT = TOP / "conf/postern.service"
PROFILE = TOP / "packaging/apparmor/postern"


def field(package, name):
    return subprocess.run(["dpkg-deb", "-f", package, name], check=True, capture_output=True, text=True).stdout.strip()


def project_version():
    return re.search(r"^project\(postern VERSION ([\d.]+)", (TOP / "CMakeLists.txt").read_text(), re.M)[1]


def unit_lines():
    return [line for line in UNIT.read_text().splitlines() if line and not line.startswith(("#", "["))]


def test_lintian_has_nothing_to_say(package):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout + done.stderr


def test_every_override_of_lintian_is_used_and_has_its_reason(package):
    done = subprocess.run(["lintian", "--allow-root", "--show-overrides", package], capture_output=True, text=True)
    used = set(re.findall(r"^O: postern: (\S+)", done.stdout, re.M))
    lines = (TOP / "packaging/debian/lintian/postern").read_text().splitlines()
    named = [line.split()[1] for line in lines if line.startswith("postern: ")]
    assert set(named) == used
    for number, line in enumerate(lines):
        if line.startswith("postern: "):
            assert number and lines[number - 1].startswith(("#", "postern: ")), line


def test_the_version_is_the_projects_and_the_changelog_knows_it(package, postern):
    version = project_version()
    assert field(package, "Version").startswith(version + "-")
    said = subprocess.run([postern, "--version"], check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"postern {version}\nstore: quarantine ")
    assert (TOP / "packaging/debian/changelog").read_text().startswith(f"postern ({field(package, 'Version')}) ")


def test_what_may_hold_secrets_is_closed_from_the_first_moment_and_the_program_is_stripped(package, tmp_path):
    archive = tmp_path / "files.tar"
    with archive.open("wb") as out:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, stdout=out)
    with tarfile.open(archive) as files:
        members = {member.name.removeprefix("./").rstrip("/"): member for member in files}
        (tmp_path / "postern").write_bytes(files.extractfile(members["usr/bin/postern"]).read())
    assert all(member.uname == "root" and member.gname == "root" for member in members.values())
    assert members["etc/postern"].mode == 0o750
    assert members["etc/postern/postern.toml"].mode == 0o640
    assert not any(name.startswith("var/") for name in members), "the store's folder is postinst's, not the archive's"
    sections = subprocess.run(["readelf", "-S", "-W", tmp_path / "postern"], check=True, capture_output=True, text=True).stdout
    assert ".debug_info" not in sections and ".text" in sections


def test_the_configuration_it_brings_is_nobodys_and_close_to_one(tmp_path, postern):
    """As it is `check` refuses it; with the marks removed from its examples it is good."""
    text = (TOP / "packaging/debian/postern.toml").read_text()
    tomllib.loads(text)
    file = tmp_path / "postern.toml"
    file.write_text(text)
    refused = subprocess.run([postern, "check", "--config", file], capture_output=True, text=True)
    assert refused.returncode == 1 and "hostname is missing" in refused.stderr
    filled = re.sub(r"^#(?=[a-z\[])", "", text, flags=re.M)
    for name in ("fullchain.pem", "key.pem"):
        (tmp_path / name).write_text("")
    file.write_text(filled.replace("/etc/postern/tls", str(tmp_path)))
    done = subprocess.run([postern, "check", "--config", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_unit_is_one_that_systemd_understands_and_closed(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    # What it starts is not installed here.
    unit = tmp_path / "postern.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/postern", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert done.returncode == 0 and str(unit.name) not in done.stderr, done.stderr
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_the_unit_waits_for_ready_and_watches():
    lines = unit_lines()
    assert "Type=notify" in lines and "User=postern" in lines
    assert any(line.startswith("WatchdogSec=") for line in lines)
    assert [line for line in lines if line.startswith(("AmbientCapabilities=", "CapabilityBoundingSet="))] == [
        "AmbientCapabilities=CAP_NET_BIND_SERVICE",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
    ]
    # A profile of that name; the dash: a machine without AppArmor starts the service as well.
    assert "AppArmorProfile=-postern" in lines
    assert re.search(r"^profile postern ", PROFILE.read_text(), re.M)


def test_the_apparmor_profile_can_be_parsed():
    parser = shutil.which("apparmor_parser", path="/usr/sbin:/sbin:/usr/bin")
    done = subprocess.run([parser, "--skip-kernel-load", "--skip-cache", PROFILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    broken = PROFILE.read_text().replace("capability net_bind_service,", "capability nothing_known,")
    done = subprocess.run([parser, "--skip-kernel-load", "--skip-cache"], input=broken, capture_output=True, text=True)
    assert done.returncode != 0, "the parser takes anything"
