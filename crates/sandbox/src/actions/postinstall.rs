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
    "root",
    "admin",
    "admins",
    "webmaster",
    "postmaster",
    "abuse",
];
/// The categories of configuration that are written, in their order.
const REGENERATED: &[&str] = &[
    "ssh", "yunohost", "ssl", "slapd", "nslcd", "apt", "nginx", "postfix", "dovecot", "opendkim",
    "mdns", "nftables", "dnsmasq", "nsswitch", "fail2ban",
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
    let updating = call.locale.pick(
        "Updating aliases for group 'admins'",
        "Mise à jour des alias du groupe 'admins'",
    );
    let to_group = |plan: Plan, group: &str| {
        let named = [("user", user.as_str()), ("group", group)];
        plan.say(400, "info", call, "user_added_to_group", &named)
    };
    let admins = [("group", "admins")];
    plan = plan
        .step(300, "info", updating)
        .say(600, "success", call, "group_updated", &admins)
        .say(2_000, "success", call, "main_domain_changed", &[]);
    plan = to_group(plan, "admins").say(300, "success", call, "group_updated", &admins);
    plan = to_group(plan, "all_users").say(700, "success", call, "user_created", &[]);
    let until_here = plan.steps.len();
    plan = plan
        .say(200, "info", call, "root_password_changed", &[])
        .say(900, "info", call, "app_catalog_updating", &[]);
    for category in REGENERATED {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bare, Blueprint, clock, words::Locale};

    /// What a post-installation of 12.1.25 was recorded saying on standard output (2026-11-22), without the remarks
    /// on single files.
    const RECORDED: &str = "\
INFO Installing YunoHost…
SUCCESS Self-signed certificate now installed for the domain 'main.example.test'
SUCCESS Domain created
INFO The email alias 'root@main.example.test' will be added to the group 'admins'
INFO The email alias 'admin@main.example.test' will be added to the group 'admins'
INFO The email alias 'admins@main.example.test' will be added to the group 'admins'
INFO The email alias 'webmaster@main.example.test' will be added to the group 'admins'
INFO The email alias 'postmaster@main.example.test' will be added to the group 'admins'
INFO The email alias 'abuse@main.example.test' will be added to the group 'admins'
INFO Updating aliases for group 'admins'
SUCCESS Group 'admins' updated
SUCCESS The main domain has been changed
INFO The user 'admin1' will be added to the group 'admins'
SUCCESS Group 'admins' updated
INFO The user 'admin1' will be added to the group 'all_users'
SUCCESS User created
INFO root's password was changed
INFO Updating application catalog…
SUCCESS Configuration updated for 'ssh'
SUCCESS Configuration updated for 'yunohost'
SUCCESS Configuration updated for 'ssl'
SUCCESS Configuration updated for 'slapd'
SUCCESS Configuration updated for 'nslcd'
SUCCESS Configuration updated for 'apt'
SUCCESS Configuration updated for 'nginx'
SUCCESS Configuration updated for 'postfix'
SUCCESS Configuration updated for 'dovecot'
SUCCESS Configuration updated for 'opendkim'
SUCCESS Configuration updated for 'mdns'
SUCCESS Configuration updated for 'nftables'
SUCCESS Configuration updated for 'dnsmasq'
SUCCESS Configuration updated for 'nsswitch'
SUCCESS Configuration updated for 'fail2ban'
SUCCESS YunoHost is now configured";

    #[test]
    fn it_says_what_a_real_one_was_recorded_saying_and_takes_as_long() {
        let blueprint = Blueprint::bare("neuf", "main.example.test");
        let mut state = State::born_bare(&blueprint, &Bare::default(), clock::now());
        state.system.stage = Stage::Installed;
        let argv: Vec<String> =
            "tools postinstall -d main.example.test -u admin1 -F Admin -p Violet-Tractor-88"
                .split(' ')
                .map(str::to_owned)
                .collect();
        let call = Call::from_argv(&argv, Locale::English).unwrap();
        let plan = plan(&state, &call).unwrap();
        let said: Vec<String> = plan
            .steps
            .iter()
            .map(|step| format!("{} {}", step.level.to_uppercase(), step.message))
            .collect();
        assert_eq!(said.join("\n"), RECORDED);
        let seconds: f64 = plan.steps.iter().map(|step| step.after.as_secs_f64()).sum();
        assert!((22.0..=85.0).contains(&seconds), "{seconds} s");
    }
}
