"""Stands for yunohost.utils.logging: levels, the file that YunoHost always keeps, and the command line's lines."""
import logging
import sys

from yunohost import ROOT, SETTINGS

SUCCESS = 25
logging.addLevelName(SUCCESS, "SUCCESS")


class Logger(logging.Logger):
    def success(self, message, *args):
        self.log(SUCCESS, message, *args)


def get_logger(name):
    logging.setLoggerClass(Logger)
    try:
        return logging.getLogger("yunohost." + name)
    finally:
        logging.setLoggerClass(logging.Logger)


class Terminal(logging.Handler):
    """INFO and SUCCESS on standard output, what is worse on standard error (field note 2)."""

    def emit(self, record):
        to = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        print(record.levelname, record.getMessage(), file=to, flush=True)


def _init_logging(interface="cli", debug=False, quiet=False):
    logger = logging.getLogger("yunohost")
    logger.setLevel(logging.INFO)
    logger.handlers = [logging.FileHandler(ROOT + "/var/log/yunohost/yunohost-%s.log" % interface)]
    if not quiet:
        logger.addHandler(Terminal(logging.INFO))


if not SETTINGS["release"].startswith("12.0"):  # there it is yunohost.init_logging
    init_logging = _init_logging
