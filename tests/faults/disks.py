"""A small file system of its own in a file: it can be full, and it can lose power."""

import fcntl
import os
import struct
import subprocess
import time

import pytest

# FS_IOC_SHUTDOWN is _IOR('X', 125, __u32). Flag 2 (NOLOGFLUSH): the file system stops on the spot,
# and what was not synced is gone, its own journal's pages in memory too. ext4 and XFS have it.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2


class LoopDisk:
    """ext4 in the file `image`, mounted on `place`."""

    def __init__(self, folder, size_bytes):
        folder.mkdir(parents=True, exist_ok=True)
        self.image, self.place, self.mounted = folder / "image", folder / "disk", False
        self.place.mkdir(exist_ok=True)
        with open(self.image, "wb") as image:
            image.truncate(size_bytes)
        # -m 0: no blocks that only root may use, or full would not be full for us.
        self.call("mkfs.ext4", "-q", "-F", "-m", "0", str(self.image))
        self.mount()

    def call(self, *command):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"

    def mount(self):
        if os.geteuid() != 0:
            pytest.skip("a file system of its own needs root")
        done = subprocess.run(["mount", "-o", "loop", str(self.image), str(self.place)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"cannot mount a file: {done.stderr.strip()}")
        self.mounted = True

    def lose_power(self):
        # Asked of a folder where nothing is mounted, this would stop the machine's own file system.
        assert os.path.ismount(self.place), f"nothing is mounted on {self.place}"
        directory = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(directory)

    def unmount(self, seconds=30):
        """Waits for those who have just ended and whose files the kernel still closes."""
        deadline = time.monotonic() + seconds
        while self.mounted:
            done = subprocess.run(["umount", str(self.place)], capture_output=True, text=True)
            if done.returncode == 0:
                self.mounted = False
                self.leave_to_others()
                return
            assert time.monotonic() < deadline, done.stderr
            time.sleep(0.05)

    def leave_to_others(self):
        """A mount namespace that somebody made meanwhile has a copy of this mount. The kernel would
        mount that same file system again, without power as it is; so go on with a copy."""
        deadline = time.monotonic() + 2
        while self.is_in_use():
            if time.monotonic() > deadline:
                other = self.image.with_name(self.image.name + "-again")
                self.call("cp", "--sparse=always", str(self.image), str(other))
                self.image.unlink()
                self.image = other
                return
            time.sleep(0.05)

    def is_in_use(self):
        done = subprocess.run(["losetup", "-j", str(self.image)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return bool(done.stdout.strip())

    def remove(self):
        self.unmount()
        self.image.unlink()

    def fill(self):
        """Another file takes the disk down to its last block; it is given back by free()."""
        with open(self.place / "something else", "wb") as other:
            try:
                while True:
                    other.write(bytes(1 << 16))
                    other.flush()
                    os.fsync(other.fileno())
            except OSError:
                pass  # That is what it was to come to.

    def free(self, size_bytes=None):
        """All of what fill() took, or so much of it."""
        path = self.place / "something else"
        if size_bytes is None:
            path.unlink()
        else:
            os.truncate(path, max(0, path.stat().st_size - size_bytes))
