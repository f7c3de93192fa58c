"""Stands for yunohost.diagnosis."""
from yunohost import state
from yunohost.utils.logging import get_logger

logger = get_logger("diagnosis")
CATEGORIES = {
    "basesystem": "Base system", "ip": "Internet connectivity", "dnsrecords": "DNS records", "ports": "Ports exposure",
    "web": "Web", "mail": "Email", "services": "Services status check", "systemresources": "System resources",
    "regenconf": "System configurations", "apps": "Applications",
}


def diagnosis_list():
    return {"categories": list(CATEGORIES)}


def diagnosis_show(categories=None, full=False, issues=False, share=False, human_readable=False):
    known = state.read()["diagnosis"]
    reports = []
    for name in categories or CATEGORIES:
        if name not in known:
            logger.warning("No diagnosis cache yet for category '%s'" % name)
        items = [item for item in known.get(name, []) if not issues or item["status"] in ("WARNING", "ERROR")]
        reports.append({"id": name, "items": items, "description": CATEGORIES[name]})
    return {"reports": reports}


