"""Stands for moulinette.interfaces.cli."""
import sys

from moulinette.actionsmap import ActionsMap
from moulinette.core import MoulinetteError


class Interface:
    type = "cli"

    def __init__(self, top_parser=None, load_only_category=None, actionsmap=None, locales_dir=None):
        self.actionsmap = ActionsMap(actionsmap, top_parser)

    def prompt(self, message, **options):
        if not sys.stdin.isatty():
            raise MoulinetteError("Not a tty, can't do interactive prompts", raw_msg=True)
        return input(message + ": ")
