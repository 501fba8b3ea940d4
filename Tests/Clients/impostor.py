# SPDX-License-Identifier: Apache-2.0
"""R74: a TLS server with a certificate that ought not to be believed; tells what its callers do.

impostor.py https|postgres CERTIFICATE KEY: prints its port, then a line for each caller: `refused` with the alert that ended
the handshake, or `data` when a byte came behind it.
"""
import socket
import ssl
import sys
import threading

SSL_REQUEST = bytes([0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F])
TURN = threading.Lock()


def tell(line):
    with TURN:
        print(line, flush=True)


def serve(connection, mode, context):
    connection.settimeout(20)
    try:
        if mode == "postgres":
            if connection.recv(8, socket.MSG_WAITALL) != SSL_REQUEST:
                return tell("plain")
            connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as channel:
            tell("data" if channel.recv(1) else "closed")
    except ssl.SSLError as error:
        tell(f"refused {error.reason}")
    except OSError as error:
        tell(f"gone {error}")


def main():
    mode, certificate, key = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    tell(f"port {listener.getsockname()[1]}")
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, mode, context), daemon=True).start()


main()
