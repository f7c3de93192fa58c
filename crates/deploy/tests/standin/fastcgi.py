#!/usr/bin/python3 -I
"""Stands for PHP-FPM: answers with the script that it was told to run, and its first line. `fastcgi.py SOCKET`."""
import os
import socket
import struct
import sys


def record(kind, content):
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def read(stream):
    head = stream.read(8)
    if len(head) < 8:
        return None, b""
    _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", head)
    return kind, stream.read(length + padding)[:length]


def parameters(data):
    values, at = {}, 0
    while at < len(data):
        sizes = []
        for _ in range(2):
            size = data[at]
            if size & 128:
                size, at = struct.unpack("!I", data[at:at + 4])[0] & 0x7FFFFFFF, at + 3
            sizes.append(size)
            at += 1
        values[data[at:at + sizes[0]].decode()] = data[at + sizes[0]:at + sum(sizes)].decode()
        at += sum(sizes)
    return values


def answer(values):
    script = values.get("SCRIPT_FILENAME", "")
    if not os.path.isfile(script):
        return "Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nNo input file specified.\n"
    with open(script, encoding="utf-8") as file:
        lines = file.read().split("\n")
    return "Content-Type: text/plain\r\n\r\n%s\n%s\n%s\n" % (script, values.get("PATH_INFO"), lines[1])


if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen(64)
while True:
    line, _ = listening.accept()
    with line, line.makefile("rb") as stream:
        params = b""
        while True:
            kind, content = read(stream)
            if kind == 4:
                params += content
            if kind is None or kind == 5 and not content:
                break
        if params:
            line.sendall(record(6, answer(parameters(params)).encode()) + record(6, b"") + record(3, bytes(8)))
