"""What the servers behind the gateway have in common: each connection in a thread of its own."""

import socket
import threading


class Accepting:
    """Has `listener`; serve(connection) is the server's own."""

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
