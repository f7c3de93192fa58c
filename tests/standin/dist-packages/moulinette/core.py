"""Stands for moulinette.core: errors and the lock, as loose as the real ones."""
import os
import time

from moulinette import m18n


class MoulinetteError(Exception):
    """Forgets its key, like the real one; YunoHost's own errors keep theirs."""

    http_code = 500

    def __init__(self, key, raw_msg=False, *args, **kwargs):
        super().__init__(key if raw_msg else m18n.g(key, *args, **kwargs))
        self.strerror = str(self)

    def content(self):
        return self.strerror


class MoulinetteValidationError(MoulinetteError):
    http_code = 400


class MoulinetteLock:
    """One pid in one file. Looking and taking are two steps here as there: it is not atomic."""

    def __init__(self, path, timeout):
        self.path, self.timeout, self.ours = path, timeout, False

    def holder(self):
        try:
            with open(self.path) as file:
                pid = int(file.read().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if os.path.exists("/proc/%d" % pid) else None

    def __enter__(self):
        begun = time.monotonic()
        while self.holder() is not None:
            if self.timeout is not None and time.monotonic() - begun >= self.timeout:
                raise MoulinetteError("instance_already_running")
            time.sleep(0.05)
        with open(self.path, "w") as file:
            file.write(str(os.getpid()))
        self.ours = True
        return self

    def __exit__(self, *_):
        if self.ours:
            os.unlink(self.path)
