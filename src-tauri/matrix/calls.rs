//! How each command is called: with arguments that are in order, about a thing that is one's own, another's, or nowhere. A
//! command that is not here fails the tests.

use serde_json::{Value, json};
use towerify_domain::id::{AccountId, RunId, ServerId};
use towerify_domain::provisioning::Choices;
use towerify_test_customers::{PASSWORD, Thing};

use super::session::Session;

/// A password that is chosen for somebody.
pub const CHOSEN: &str = "un mot de passe tres long 77";

/// What a call is about, and whose it is.
#[derive(Debug, Clone)]
pub struct Call {
    /// The thing.
    pub thing: Thing,
    /// A run that is open and at work, where one can be begun.
    pub begun: Option<RunId>,
    /// The account of the one who calls.
    pub own: AccountId,
}

/// The arguments of a command; `None` where nobody said how it is called.
pub fn arguments(command: &str, call: &Call) -> Option<Value> {
    let thing = &call.thing;
    let Thing {
        server,
        marker,
        runs,
        n,
        ..
    } = thing;
    let server = json!(server);
    let of_server = || json!({ "server": server });
    let run = |run: RunId| json!({ "run": run });
    let user = format!("{marker}.user");
    let order = || {
        json!({
            "change": { "kind": "refresh" },
            "selection": { "kind": "servers", "ids": [server] },
            "dry": true,
        })
    };
    let timing = || json!({ "when": { "kind": "daily", "hour": 3, "minute": 0 }, "zone": "UTC" });
    let choices = || Choices {
        domain: "neuf.example".into(),
        admin: "camille".into(),
        admin_fullname: "Camille Morvan".into(),
        // Nobody answers there.
        resolver: "127.0.0.1".into(),
        ..Choices::default()
    };
    let machine = || {
        json!({
            "order": {
                "machine": { "kind": "known", "server": server },
                "choices": choices(),
            }
        })
    };
    let portal = json!({ "domain": "anemone.example", "machine": "127.64.0.9", "port": 9 });
    let nobody = json!({ "address": "127.64.0.9", "port": 9, "jump": null });
    Some(match command {
        "workspace_status"
        | "workspace_lock"
        | "workspace_choose_folder"
        | "workspace_close"
        | "workspace_training"
        | "workspace_training_afresh"
        | "workspace_training_machines"
        | "preferences_get"
        | "servers_ssh_config"
        | "schedules_list"
        | "workspace_known"
        | "accounts_list"
        | "accounts_own"
        | "accounts_drop_recovery_key"
        | "accounts_forget_on_this_device"
        | "customers_list"
        | "window_touched"
        | "workspace_policy"
        | "portal_launcher"
        | "portal_logos"
        | "portal_refresh"
        | "journal_choices"
        | "journal_state"
        | "journal_check"
        | "provisioning_form"
        | "provisioning_profiles"
        | "window_painted"
        | "window_quit" => json!({}),
        "workspace_create" => json!({ "workspace": {
            "name": "Autre", "account_name": "Camille Morvan", "password": PASSWORD,
        } }),
        "workspace_door" => json!({ "folder": null }),
        "workspace_unlock" => json!({ "entry": entry(call.own) }),
        "workspace_open_folder" => {
            json!({ "folder": "/nowhere.towerify", "entry": entry(call.own) })
        }
        "accounts_create" => json!({ "account": {
            "name": format!("Neuve {n}"), "role": "end_user", "customer": thing.customer,
            "password": PASSWORD,
        } }),
        "accounts_rename" => json!({ "account": thing.account, "name": format!("Autre {n}") }),
        "accounts_disable" | "accounts_enable" => json!({ "account": thing.account }),
        "accounts_delete" => json!({ "account": thing.guest }),
        "accounts_change_password" => json!({ "old": PASSWORD, "next": PASSWORD }),
        "accounts_reset_password" => {
            json!({ "account": thing.account, "own": PASSWORD, "next": PASSWORD })
        }
        "accounts_reset_second_factor" => json!({ "account": thing.account, "own": PASSWORD }),
        "accounts_begin_second_factor"
        | "accounts_new_recovery_key"
        | "accounts_open_on_this_device" => json!({ "password": PASSWORD }),
        "accounts_confirm_second_factor" => json!({ "code": "000000" }),
        "accounts_end_second_factor" => json!({ "password": PASSWORD, "code": "000000" }),
        "journal_list" => json!({ "query": { "text": "", "limit": 100 } }),
        "journal_entry" => json!({ "n": 1 }),
        "journal_export" => json!({ "form": "json_lines" }),
        "journal_cut_plan" => json!({ "before": "2026-01-01T00:00:00Z" }),
        "journal_cut" => json!({ "upto": 1 }),
        "gates_list" | "gates_update" => of_server(),
        "gates_install" | "gates_remove" => {
            json!({ "server": server, "account": thing.administrator })
        }
        "apps_shipped" | "apps_roll_back" | "apps_restart" => shipped(command, &server, marker),
        // What an end user keeps here is theirs, and found by nobody else: an id that is nowhere.
        "portal_look" => json!({ "address": portal }),
        "portal_add" => json!({ "place": {
            "address": portal, "username": "ruth", "password": PASSWORD, "fingerprint": "SHA256:x",
        } }),
        "portal_accept_certificate" => {
            json!({ "place": thing.schedule, "fingerprint": "SHA256:x" })
        }
        "portal_sign_in" => json!({ "place": thing.schedule, "password": PASSWORD }),
        "portal_sign_out" | "portal_forget" | "portal_profile" => {
            json!({ "place": thing.schedule })
        }
        "portal_open" => json!({ "url": "https://anemone.example/" }),
        "portal_change_profile" => {
            json!({ "place": thing.schedule, "change": { "fullname": "Autre" } })
        }
        "portal_change_password" => {
            json!({ "place": thing.schedule, "current": PASSWORD, "next": PASSWORD })
        }
        "accounts_confirm_recovery_key" => json!({ "groups": [] }),
        "customers_create" => json!({ "name": format!("Neuf {n}") }),
        "workspace_password_strength" => json!({ "password": PASSWORD }),
        "preferences_set" => json!({ "preferences": {
            "language": "en", "theme": "system", "density": "normal", "single_keys": true,
        } }),
        "servers_list" => json!({ "query": { "sort": "name", "customers": [] } }),
        "servers_detail"
        | "servers_key_conflict"
        | "servers_domains"
        | "servers_services"
        | "servers_diagnosis"
        | "servers_operations"
        | "servers_diagnose"
        | "servers_remove"
        | "apps_list"
        | "apps_catalogue"
        | "people_list"
        | "provisioning_disconnect_plan"
        | "provisioning_disconnect"
        | "provisioning_forget_says"
        | "provisioning_forget" => of_server(),
        "servers_scan" => json!({ "address": nobody }),
        "servers_add" => json!({ "server": {
            "name": format!("neuf-{n}"), "address": nobody, "user": "root",
            "login": { "kind": "password", "password": "x" }, "fingerprint": "SHA256:x", "how": "phone",
        } }),
        "servers_edit" => json!({ "server": server, "edit": { "tags": ["essai"] } }),
        "servers_refresh" => json!({ "selection": { "kind": "these", "ids": [server] } }),
        "servers_replace_key" => json!({
            "server": server, "fingerprint": "SHA256:x", "how": "phone", "typedName": thing.name,
        }),
        "servers_restart_service" => json!({ "server": server, "service": "nginx" }),
        "apps_form" => json!({ "server": server, "app": "hextris" }),
        "apps_install" => {
            json!({ "server": server, "installation": { "app": "hextris", "answers": {} } })
        }
        "apps_upgrade" | "apps_remove" | "apps_open" => json!({ "server": server, "app": marker }),
        "people_create" => json!({ "server": server, "user": {
            "username": format!("neuf{n}"), "fullname": "Neuve", "domain": format!("{marker}.example"),
            "password": CHOSEN,
        } }),
        "people_edit" => {
            json!({ "server": server, "username": user, "edit": { "fullname": "Autre" } })
        }
        "people_remove" => json!({ "server": server, "username": user, "purge": false }),
        "people_give" | "people_take" => {
            json!({ "server": server, "permission": format!("{marker}.main"), "who": user })
        }
        "runs_list" => json!({ "query": { "server": server } }),
        "runs_detail" | "runs_save" => run(runs.done),
        "runs_trace" => json!({ "run": runs.done, "from": 1, "limit": 10 }),
        "runs_search" => json!({ "run": runs.done, "query": { "text": "rebond" } }),
        "runs_pause" => run(call.begun.unwrap_or(runs.paused)),
        "runs_go_on" | "runs_cancel" => run(runs.paused),
        "runs_retry" | "runs_forget" => run(runs.failed),
        "runs_undo" => run(runs.failed),
        "fleet_plan" => json!({ "order": order() }),
        "fleet_begin" => json!({ "run": { "order": order() } }),
        "fleet_list" => json!({ "query": {} }),
        "fleet_detail" | "fleet_retry_failed" => json!({ "fleet": thing.fleets[0] }),
        "fleet_pause" | "fleet_go_on" | "fleet_cancel" => json!({ "fleet": thing.fleets[1] }),
        "schedules_next" => json!({ "timing": timing(), "selection": order()["selection"] }),
        "schedules_create" => json!({ "schedule": {
            "name": format!("Neuve {n}"), "timing": timing(), "order": order(),
        } }),
        "schedules_rename" => json!({ "schedule": thing.schedule, "name": format!("Autre {n}") }),
        "schedules_enable" => json!({ "schedule": thing.schedule, "enabled": false }),
        "schedules_delete" | "schedules_run_now" | "schedules_leave" => {
            json!({ "schedule": thing.schedule })
        }
        "provisioning_look" | "provisioning_plan" | "provisioning_begin" => machine(),
        "provisioning_report" => run(runs.done),
        "provisioning_save_profile" => {
            json!({ "name": format!("Profil {n}"), "choices": choices() })
        }
        "provisioning_delete_profile" => json!({ "profile": thing.profile.0 }),
        "provisioning_switch_api" => json!({ "server": server, "on": true }),
        "window_notify" => json!({ "title": "x", "text": "x" }),
        _ => return None,
    })
}

/// What was deployed in-house, on a server.
fn shipped(command: &str, server: &Value, app: &str) -> Value {
    match command {
        "apps_shipped" => json!({ "server": server, "app": app, "deployments": false }),
        "apps_roll_back" => json!({ "server": server, "app": app, "release": "1" }),
        _ => json!({ "server": server, "app": app }),
    }
}

/// Whether a call of this command may leave the program elsewhere than it was: it gets a program of its own.
pub fn moves_the_program(command: &str) -> bool {
    matches!(
        command,
        "workspace_create"
            | "workspace_unlock"
            | "workspace_lock"
            | "workspace_open_folder"
            | "workspace_close"
            | "workspace_training"
            | "workspace_training_afresh"
            // A wrong code makes the next password wait.
            | "accounts_confirm_second_factor"
            | "accounts_end_second_factor"
    )
}

/// How this account comes in.
pub fn entry(account: AccountId) -> Value {
    json!({ "account": account, "by": { "way": "password", "password": PASSWORD }, "code": null })
}

/// Begins a run on this server, as whoever is at work there, and gives its id: for what is decided about runs at work.
pub fn begin_run(session: &Session, server: ServerId) -> Option<RunId> {
    let begun = session.ask(
        "people_remove",
        json!({ "server": server, "username": "personne", "purge": false }),
    );
    serde_json::from_value(begun.ok()?["run"].clone()).ok()
}
