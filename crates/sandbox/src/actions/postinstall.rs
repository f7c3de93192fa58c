//! `tools postinstall`: the machine becomes a server, or, where it was cut, never one.

use serde_json::Value;

use crate::{
    Obstacle,
    actions::{Dying, Plan, Refusal, domains, people, refuse},
    call::Call,
    state::{
        State,
        bare::Postinstallation,
        system::{Stage, Sudo},
    },
    words,
};

/// Names that the group of administrators has as mail aliases.
const ALIASES: &[&str] = &[
    "admin",
    "admins",
    "root",
    "webmaster",
    "postmaster",
    "abuse",
];
/// Below this, in KiB, YunoHost wants to be told to go on.
const SMALL_DISK: u64 = 10 << 20;

/// Checks everything before anything is touched, as the real one does in 0.6 s.
pub(super) fn plan(state: &State, call: &Call) -> Result<Plan, Refusal> {
    if state.system.stage == Stage::Serving {
        return refuse(call, "yunohost_already_installed", &[]);
    }
    let asked = |key| {
        call.asked(key)
            .map_err(|missing| Refusal::misused(&missing, call.locale))
    };
    let with = Postinstallation {
        domain: asked("domain")?.to_owned(),
        username: asked("username")?.to_owned(),
        fullname: asked("fullname")?.to_owned(),
        password: asked("password")?.to_owned(),
    };
    if !domains::is_domain(&with.domain) || with.domain != with.domain.to_lowercase() {
        let error = "Must be a valid domain name (e.g. my-domain.org)";
        return refuse(
            call,
            "invalid_argument",
            &[("argument", "domain"), ("error", error)],
        );
    }
    if ALIASES.contains(&with.username.as_str()) {
        return Err(Refusal {
            key: "failed".to_owned(),
            message: format!(
                "Unfortunately, {} cannot be used as a username",
                with.username
            ),
            named: Vec::new(),
            validation: true,
        });
    }
    people::check_username(state, call, &with.username)?;
    if state
        .system
        .logins
        .get(&with.username)
        .is_some_and(|login| login.sudo != Sudo::Never)
    {
        return refuse(call, "system_username_exists", &[]);
    }
    people::check_password(call, &with.password)?;
    if state.disk_kib < SMALL_DISK && !call.has("force_diskspace") {
        return refuse(call, "postinstall_low_rootfsspace", &[]);
    }
    if state.system.stage == Stage::HalfPostinstalled {
        // What a crash left can't be resumed.
        return refuse(call, "domain_exists", &[]);
    }
    Ok(steps(state, call, with))
}

fn steps(state: &State, call: &Call, with: Postinstallation) -> Plan {
    let is_cut = state.system.has(&Obstacle::PostinstallCut);
    let subject = with.domain.clone();
    let half = with.clone();
    let aliases: Vec<String> = ALIASES
        .iter()
        .map(|alias| {
            let alias = format!("{alias}@{}", with.domain);
            words::sentence(
                call.locale,
                "group_mailalias_add",
                &[("group", "admins"), ("mail", &alias)],
            )
        })
        .collect();
    let user = with.username.clone();
    let mut plan = Plan::new(move |state, now| {
        state.postinstall(&with, now);
        Value::Null
    });
    plan = plan
        .say(600, "info", call, "yunohost_installing", &[])
        .say(
            4_500,
            "success",
            call,
            "certmanager_cert_install_success_selfsigned",
            &[("domain", &subject)],
        )
        .say(1_000, "success", call, "domain_created", &[]);
    for line in aliases {
        plan = plan.step(10, "info", line);
    }
    plan = plan
        .say(
            900,
            "success",
            call,
            "group_updated",
            &[("group", "admins")],
        )
        .say(2_000, "success", call, "main_domain_changed", &[])
        .say(
            800,
            "info",
            call,
            "user_added_to_group",
            &[("user", &user), ("group", "admins")],
        )
        .say(1_100, "success", call, "user_created", &[]);
    let until_here = plan.steps.len();
    for category in [
        "ssh", "yunohost", "ssl", "slapd", "nslcd", "apt", "nginx", "postfix", "dovecot",
        "opendkim", "mdns", "nftables", "dnsmasq", "nsswitch", "fail2ban",
    ] {
        plan = plan.say(
            1_500,
            "success",
            call,
            "regenconf_updated",
            &[("category", category)],
        );
    }
    if is_cut {
        plan.dies = Some(Dying {
            after: until_here,
            leaving: Box::new(move |state, _| {
                state.system.strikes(&Obstacle::PostinstallCut);
                state.system.stage = Stage::HalfPostinstalled;
                state.main_domain = half.domain;
                Value::Null
            }),
        });
    }
    plan.say(1_000, "success", call, "yunohost_configured", &[])
        .about(&subject)
        .logged("tools_postinstall", &subject)
}
