"""What is measured of Postern alone: start, memory of idle connections and of one big message."""

import os
import signal
import statistics
import subprocess
import time

import processes


def seconds_to_start(peer):
    """Until the first 220."""
    begun = time.monotonic()
    peer.start_peer()
    import peers

    processes.until(lambda: peers.answers(peer.port), f"{peer.name} does not start", 300)
    return time.monotonic() - begun


def start_times(peer, times=3):
    """(median after a proper stop, after a kill -9)."""
    proper = []
    for _ in range(times):
        peer.stop()
        proper.append(seconds_to_start(peer))
    os.kill(peer.pid, signal.SIGKILL)
    peer.process.wait()
    killed = seconds_to_start(peer)
    peer.start_sink()
    return statistics.median(proper), killed


def kb_of_big_message(peer, source, sender, bytes_=50_000_000):
    """The most memory that one message of 50 MB adds, once the store's cache of pages, which has a
    bound of its own, has been filled by another one."""
    command = [source.load, "send", f"127.0.0.1:{peer.port}", "--messages", "1", "--bytes", str(bytes_), "--from", sender]
    for _ in range(2):
        processes.reset_peak(peer.pid)
        before = processes.peak_kb(peer.pid)
        subprocess.run(command, check=True, capture_output=True)
    return processes.peak_kb(peer.pid) - before


def kb_of_idle_connection(peer, source, connections, tls):
    before = processes.resident_kb(peer.pid, "Rss")
    command = [source.load, "idle", f"127.0.0.1:{peer.port}", "--connections", connections, *["--tls"] * tls]
    process = processes.start(command, source.on, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{connections} idle connections: {process.stderr.read().strip()}")
        return (processes.resident_kb(peer.pid, "Rss") - before) / connections
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
        process.stderr.close()
