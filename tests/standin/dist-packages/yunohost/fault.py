"""Faults that a test asks for, by action, in <root>/faults.json: {"user list": {"sleep": 3}}."""
import json
import os
import signal
import time

from yunohost import ROOT


def happen(action, result):
    """The result, after what was asked for has happened."""
    try:
        with open(ROOT + "/faults.json", encoding="utf-8") as file:
            fault = json.load(file).get(action, {})
    except FileNotFoundError:
        return result
    if "print" in fault:
        print(fault["print"])
    if "sleep" in fault:
        time.sleep(fault["sleep"])
    if "child" in fault:  # something started, which outlives its parent
        os.system("sleep %d &" % fault["child"])
    if "die" in fault:
        os.kill(os.getpid(), signal.SIGKILL)
    if "exit" in fault:
        raise SystemExit(fault["exit"])
    if "raise" in fault:
        raise RuntimeError(fault["raise"])
    if "huge" in fault:
        return ["x" * 1000] * fault["huge"]
    if "nan" in fault:
        return {"value": float("nan")}
    if "deep" in fault:
        for _ in range(fault["deep"]):
            result = [result]
    return result
