"""Stands for moulinette.actionsmap: the declared actions as one argparse tree, and the call of one of them.

The map is JSON (which is YAML): {"user create": {"call": "user.user_create", "write": true, "arguments": [[names…,
{options}]]}}."""
import argparse
import importlib
import json
import os

from moulinette.core import MoulinetteLock


class Parser:
    """Knows which action some words mean, and whether it takes the lock (its routes are not all GET)."""

    def __init__(self, actions, top):
        self.parser = argparse.ArgumentParser(prog=top.prog, parents=[top])
        branches = {(): self.parser.add_subparsers(dest="_category", required=True)}
        for name, action in actions.items():
            words = tuple(name.split())
            for depth in range(1, len(words)):
                if words[:depth] not in branches:
                    branch = branches[words[:depth - 1]].add_parser(words[depth - 1])
                    branches[words[:depth]] = branch.add_subparsers(dest="_level%d" % depth, required=True)
            leaf = branches[words[:-1]].add_parser(words[-1])
            leaf.set_defaults(_action=name)
            for argument in action.get("arguments", []):
                *names, options = argument if isinstance(argument[-1], dict) else argument + [{}]
                leaf.add_argument(*names, **options)
        self.actions = actions

    def parse_args(self, argv):
        return self.parser.parse_args(argv)

    def want_to_take_lock(self, argv):
        return self.actions[self.parse_args(argv)._action].get("write", False)


class ActionsMap:
    def __init__(self, path, top):
        with open(path, encoding="utf-8") as file:
            self.actions = json.load(file)
        self.parser = Parser(self.actions, top)
        # <root>/usr/share/yunohost/actionsmap.yml
        self.root = path[:-len("/usr/share/yunohost/actionsmap.yml")]

    def process(self, argv, timeout=None):
        arguments = vars(self.parser.parse_args(argv))
        action = self.actions[arguments["_action"]]
        values = {name: value for name, value in arguments.items() if not name.startswith("_")}
        values = {name: value for name, value in values.items() if name not in ("output_as", "timeout")}
        module, function = action["call"].rsplit(".", 1)
        call = getattr(importlib.import_module("yunohost." + module), function)
        happen = importlib.import_module("yunohost.fault").happen
        if not action.get("write"):
            return happen(arguments["_action"], call(**values))
        with MoulinetteLock(os.path.join(self.root, "var/run/moulinette_yunohost.lock"), timeout):
            return happen(arguments["_action"], call(**values))
