"""Stands for yunohost.utils.error."""
from moulinette import m18n
from moulinette.core import MoulinetteError


class YunohostError(MoulinetteError):
    http_code = 500

    def __init__(self, key, raw_msg=False, log_ref=None, *args, **kwargs):
        self.key, self.kwargs, self.log_ref = key, kwargs, log_ref
        super().__init__(key if raw_msg else m18n.n(key, **kwargs), raw_msg=True)


class YunohostValidationError(YunohostError):
    http_code = 400
