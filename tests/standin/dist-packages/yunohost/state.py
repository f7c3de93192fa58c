"""What this server knows, in one JSON file that is replaced as a whole. Writers hold YunoHost's lock."""
import contextlib
import json
import os
import time

from yunohost import ROOT, SETTINGS

PATH = ROOT + "/var/lib/standin/state.json"


def read():
    with open(PATH, encoding="utf-8") as file:
        return json.load(file)


def replace(state):
    with open(PATH + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file, ensure_ascii=False)
    os.rename(PATH + ".new", PATH)


@contextlib.contextmanager
def changed():
    """The state, kept when the block ends well. Takes as long as `write_ms` of standin.json says."""
    time.sleep(SETTINGS.get("write_ms", 0) / 1000)
    state = read()
    yield state
    replace(state)


def pause(factor=1):
    """A step of something slow."""
    time.sleep(factor * SETTINGS.get("step_ms", 0) / 1000)
