"""Stands for yunohost.service. Of several units, not one named as its service."""
from moulinette import m18n
from yunohost import state
from yunohost.utils.error import YunohostValidationError

SERVICES = {
    "dnsmasq": {"test_conf": "dnsmasq --test"}, "dovecot": {}, "fail2ban": {}, "metronome": {}, "nginx": {"test_conf": "nginx -t"},
    "postfix": {"actual_systemd_service": "postfix@-"}, "slapd": {}, "ssh": {}, "yunohost-api": {},
    "yunohost-firewall": {"type": "oneshot"},
}


def _get_services():
    return SERVICES


def service_status(names=None):
    names = names or []
    for name in names:
        if name not in SERVICES:
            raise YunohostValidationError("service_unknown", service=name)
    state.pause()  # the configuration tests
    units = state.read()["units"]
    result = {}
    for name in names or sorted(SERVICES):
        unit = units.get(SERVICES[name].get("actual_systemd_service", name), {})
        status = unit.get("SubState", "unknown")
        result[name] = {
            "status": "running" if status == "exited" else status, "start_on_boot": unit.get("UnitFileState", "unknown"),
            "last_state_change": "2026-11-22T09:48:58.341592+00:00", "description": m18n.n("service_description_" + name),
            "configuration": "valid" if "test_conf" in SERVICES[name] else "unknown",
        }
    return result[names[0]] if len(names) == 1 else result
