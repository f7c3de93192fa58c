"""Stands for YunoHost: stateful, in the folder that this package is installed in. See README.md.

Importing it can be made to cost what importing the real one costs: `import_ms` of <root>/standin.json, or
STANDIN_IMPORT_MS, is spent in processor time, as the real imports spend theirs."""
import json
import os
import time

# The folder that stands for "/": this file is <root>/usr/lib/python3/dist-packages/yunohost/__init__.py.
ROOT = os.path.abspath(__file__).rsplit("/usr/lib/python3/dist-packages/", 1)[0]

with open(ROOT + "/standin.json", encoding="utf-8") as _file:
    SETTINGS = json.load(_file)


def _cost_of_imports():
    ms = float(os.environ.get("STANDIN_IMPORT_MS") or SETTINGS.get("import_ms", 0))
    begun = time.process_time()
    while (time.process_time() - begun) * 1000 < ms:
        pass


_cost_of_imports()


if SETTINGS["release"].startswith("12.0"):  # 12.1 has it in yunohost.utils.logging

    def init_logging(**options):
        from yunohost.utils import logging

        logging._init_logging(**options)
