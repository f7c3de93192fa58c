"""Stands for moulinette: just the names that the driver and the `yunohost` command use."""
import json
import os


class Translator:
    """Messages by key: `m18n.n` for YunoHost's, `m18n.g` for moulinette's own. English where a language lacks one."""

    def __init__(self):
        self.folder, self.locale, self.loaded = None, "en", {}

    def set_locales_dir(self, folder):
        self.folder, self.loaded = folder, {}

    def set_locale(self, locale):
        self.locale = locale if os.path.exists(os.path.join(self.folder or "", locale + ".json")) else "en"

    def messages(self, locale):
        if locale not in self.loaded:
            with open(os.path.join(self.folder, locale + ".json"), encoding="utf-8") as file:
                self.loaded[locale] = json.load(file)
        return self.loaded[locale]

    def key_exists(self, key):
        return key in self.messages("en")

    def n(self, key, *args, **kwargs):
        text = self.messages(self.locale).get(key) or self.messages("en").get(key)
        return key if text is None else text.format(*args, **kwargs)

    g = n


class _Moulinette:
    """Who asks, and how: the real one is set by whoever drives the action map."""

    _interface = None

    @property
    def interface(self):
        return self._interface

    def prompt(self, message, **options):
        return self._interface.prompt(message, **options)


m18n = Translator()
Moulinette = _Moulinette()
