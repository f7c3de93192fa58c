"""Stands for yunohost.domain and yunohost.certificate."""
from yunohost import state
from yunohost.utils.error import YunohostValidationError


def domain_list(exclude_subdomains=False, tree=False, features=None):
    now = state.read()
    return {"domains": {name: {} for name in now["domains"]} if tree else list(now["domains"]), "main": now["main"]}


def known(domain):
    now = state.read()
    if domain not in now["domains"]:
        raise YunohostValidationError("domain_unknown", domain=domain)
    return now


def certificate(domain, full=False):
    about = {"CA_type": "selfsigned", "validity": 3649, "style": "warning", "summary": "selfsigned"}
    return dict({"subject": domain, "CA_name": domain}, **about, ACME_eligible=False, has_wildcards=False) if full else about


def domain_info(domain):
    now = known(domain)
    apps = [
        {"name": app["label"], "id": name, "path": app["settings"]["path"]}
        for name, app in now["apps"].items() if app["settings"].get("domain") == domain
    ]
    return {"certificate": certificate(domain, True), "registrar": None, "apps": apps, "main": now["main"] == domain,
            "topest_parent": None}


def domain_url_available(domain, path):
    now = known(domain)
    return all((app["settings"].get("domain"), app["settings"].get("path")) != (domain, path) for app in now["apps"].values())


def domain_cert_status(domain_list=None, full=False):
    return {"certificates": {name: certificate(name, full) for name in domain_list or state.read()["domains"]}}
