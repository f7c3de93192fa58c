//! Every command once, with what it does.

use std::collections::BTreeMap;

use serde::Serialize;
use tauri::Runtime;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands, collect_events};

use super::{
    accounts, apps, customers, fleet, gates, journal, people, portal, preferences, provisioning,
    runs, schedules, servers, window, workspace,
};
use crate::heard::{Changed, Live};

/// The kind of a [`towerify_core::Topic`], without the id that it may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Which workspace is open.
    Workspace,
    /// Language, theme, density.
    Preferences,
    /// The accounts of the workspace.
    Accounts,
    /// The customers of the workspace.
    Customers,
    /// The journal.
    Journal,
    /// What opens for the end user who is at work.
    Portal,
    /// The entries of restricted administrators to servers.
    Gates,
    /// The list of servers.
    Servers,
    /// One server: the one that the command names.
    Server,
    /// The list of fleet runs.
    Fleets,
    /// One fleet run: the one that the command names.
    Fleet,
    /// Schedules, and what they missed.
    Schedules,
    /// The list of runs.
    Runs,
    /// One run: the one that the command names.
    Run,
}

/// Whether a command asks or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "does", content = "topics", rename_all = "snake_case")]
pub enum Does {
    /// It asks, and shows these topics.
    Query(&'static [Kind]),
    /// It changes, and touches these topics; the core says so when it is done.
    Change(&'static [Kind]),
}

/// A command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it does.
    pub does: Does,
}

macro_rules! table {
    ($($does:ident [$($topic:ident)*] $module:ident :: $name:ident;)*) => {
        /// Every command.
        pub const TABLE: &[Command] = &[
            $(Command { name: stringify!($name), does: Does::$does(&[$(Kind::$topic),*]) }),*
        ];

        /// The commands and events for this runtime, to be mounted on the program and exported to TypeScript.
        pub fn commands<R: Runtime>() -> Builder<R> {
            let topics: BTreeMap<_, _> = TABLE.iter().map(|command| (command.name, command.does)).collect();
            Builder::<R>::new()
                .commands(collect_commands![$($module::$name),*])
                .events(collect_events![Changed, Live])
                .error_handling(ErrorHandlingMode::Throw)
                .constant("topics", topics)
                .typ::<towerify_core::AppError>()
                .disable_serde_phases()
        }
    };
}

table! {
    Query [Workspace] workspace::workspace_status;
    Query [Workspace] workspace::workspace_policy;
    Change [Workspace] workspace::workspace_create;
    Change [Workspace] workspace::workspace_unlock;
    Change [Workspace] workspace::workspace_lock;
    Query [Workspace Accounts] workspace::workspace_door;
    Query [Workspace] workspace::workspace_known;
    Query [] workspace::workspace_choose_folder;
    Change [Workspace] workspace::workspace_open_folder;
    Change [Workspace] workspace::workspace_close;
    Change [Workspace] workspace::workspace_training;
    Change [Workspace] workspace::workspace_training_afresh;
    Query [Workspace] workspace::workspace_training_machines;
    Query [] workspace::workspace_password_strength;

    Query [Preferences] preferences::preferences_get;
    Change [Preferences] preferences::preferences_set;

    Query [Accounts] accounts::accounts_list;
    Query [Accounts] accounts::accounts_own;
    Change [Accounts] accounts::accounts_create;
    Change [Accounts] accounts::accounts_rename;
    Change [Accounts] accounts::accounts_disable;
    Change [Accounts] accounts::accounts_enable;
    Change [Accounts] accounts::accounts_delete;
    Change [Accounts] accounts::accounts_change_password;
    Change [Accounts] accounts::accounts_reset_password;
    Query [] accounts::accounts_begin_second_factor;
    Change [Accounts] accounts::accounts_confirm_second_factor;
    Change [Accounts] accounts::accounts_end_second_factor;
    Change [Accounts] accounts::accounts_reset_second_factor;
    Query [] accounts::accounts_new_recovery_key;
    Change [Accounts] accounts::accounts_confirm_recovery_key;
    Change [Accounts] accounts::accounts_drop_recovery_key;
    Change [Accounts] accounts::accounts_open_on_this_device;
    Change [Accounts] accounts::accounts_forget_on_this_device;

    Query [Customers] customers::customers_list;
    Change [Customers] customers::customers_create;

    Query [Servers] servers::servers_list;
    Query [Server] servers::servers_detail;
    Query [] servers::servers_scan;
    Change [Servers Server] servers::servers_add;
    Change [Servers Server] servers::servers_edit;
    Change [Servers Server Runs] servers::servers_remove;
    Change [Servers Server] servers::servers_refresh;
    Query [Server] servers::servers_key_conflict;
    Change [Servers Server] servers::servers_replace_key;
    Query [Servers] servers::servers_ssh_config;
    Query [Server] servers::servers_domains;
    Query [Server] servers::servers_services;
    Query [Server] servers::servers_diagnosis;
    Query [Server] servers::servers_operations;
    Change [Servers Server Runs] servers::servers_restart_service;
    Change [Servers Server Runs] servers::servers_diagnose;

    Query [Server] apps::apps_list;
    Query [Server] apps::apps_catalogue;
    Query [Server] apps::apps_form;
    Change [Servers Server Runs] apps::apps_install;
    Change [Servers Server Runs] apps::apps_upgrade;
    Change [Servers Server Runs] apps::apps_remove;
    Query [] apps::apps_open;
    Query [Server] apps::apps_shipped;
    Change [Servers Server Runs] apps::apps_roll_back;
    Change [Servers Server Runs] apps::apps_restart;

    Query [Server] people::people_list;
    Change [Servers Server Runs] people::people_create;
    Change [Servers Server Runs] people::people_edit;
    Change [Servers Server Runs] people::people_remove;
    Change [Servers Server Runs] people::people_give;
    Change [Servers Server Runs] people::people_take;

    Query [Portal Preferences] portal::portal_launcher;
    Query [Portal] portal::portal_logos;
    Change [Portal] portal::portal_refresh;
    Query [] portal::portal_look;
    Change [Portal] portal::portal_add;
    Change [Portal] portal::portal_accept_certificate;
    Change [Portal] portal::portal_sign_in;
    Change [Portal] portal::portal_sign_out;
    Change [Portal] portal::portal_forget;
    Query [] portal::portal_open;
    Query [Portal] portal::portal_profile;
    Change [Portal] portal::portal_change_profile;
    Change [Portal] portal::portal_change_password;

    Query [Runs] runs::runs_list;
    Query [Run] runs::runs_detail;
    Query [Run] runs::runs_trace;
    Query [Run] runs::runs_search;
    Query [] runs::runs_save;
    Change [Runs Run Servers Server] runs::runs_pause;
    Change [Runs Run Servers Server] runs::runs_go_on;
    Change [Runs Run Servers Server] runs::runs_undo;
    Change [Runs Run] runs::runs_forget;
    Change [Runs Run Servers Server] runs::runs_cancel;
    Change [Runs Run Servers Server] runs::runs_retry;

    Query [Servers] fleet::fleet_plan;
    Change [Fleets Fleet Runs Servers] fleet::fleet_begin;
    Query [Fleets] fleet::fleet_list;
    Query [Fleet] fleet::fleet_detail;
    Change [Fleets Fleet] fleet::fleet_pause;
    Change [Fleets Fleet Runs Servers] fleet::fleet_go_on;
    Change [Fleets Fleet Runs Servers] fleet::fleet_cancel;
    Change [Fleets Fleet Runs Servers] fleet::fleet_retry_failed;

    Query [Schedules] schedules::schedules_list;
    Query [] schedules::schedules_next;
    Change [Schedules] schedules::schedules_create;
    Change [Schedules] schedules::schedules_rename;
    Change [Schedules] schedules::schedules_enable;
    Change [Schedules] schedules::schedules_delete;
    Change [Schedules Fleets Runs Servers] schedules::schedules_run_now;
    Change [Schedules] schedules::schedules_leave;

    Query [Journal] journal::journal_list;
    Query [Journal] journal::journal_entry;
    Query [Journal] journal::journal_choices;
    Query [Journal] journal::journal_state;
    Change [Journal] journal::journal_check;
    Change [Journal] journal::journal_export;
    Query [] journal::journal_cut_plan;
    Change [Journal] journal::journal_cut;

    Query [Servers] provisioning::provisioning_form;
    Query [] provisioning::provisioning_look;
    Query [] provisioning::provisioning_plan;
    Change [Servers Server Runs] provisioning::provisioning_begin;
    Query [Run] provisioning::provisioning_report;
    Query [Servers] provisioning::provisioning_profiles;
    Change [Servers] provisioning::provisioning_save_profile;
    Change [Servers] provisioning::provisioning_delete_profile;
    Query [Server] provisioning::provisioning_disconnect_plan;
    Change [Servers Server Runs] provisioning::provisioning_disconnect;
    Change [Servers Server Runs] provisioning::provisioning_switch_api;
    Query [Server] provisioning::provisioning_forget_says;
    Change [Servers Server Runs] provisioning::provisioning_forget;

    Query [Server Gates] gates::gates_list;
    Change [Servers Server Runs Gates] gates::gates_install;
    Change [Servers Server Runs Gates] gates::gates_update;
    Change [Servers Server Runs Gates] gates::gates_remove;

    Query [] window::window_painted;
    Query [] window::window_notify;
    Query [] window::window_touched;
    Query [] window::window_quit;
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use specta_typescript::Typescript;

    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// The names after `pub async fn` or `pub fn` that follow `#[tauri::command]`, in every file of this folder.
    fn written() -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for file in std::fs::read_dir(root().join("src-tauri/ipc")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            // Split in two, so that this line is not one itself.
            for part in text.split(concat!("#[tauri::", "command]\n")).skip(1) {
                let (_, after) = part.split_once("fn ").unwrap();
                names.insert(after.split(['(', '<']).next().unwrap().to_owned());
            }
        }
        names
    }

    #[test]
    fn every_command_that_is_written_stands_in_the_table_once() {
        let table: BTreeSet<String> = TABLE
            .iter()
            .map(|command| command.name.to_owned())
            .collect();
        assert_eq!(
            table.len(),
            TABLE.len(),
            "a command stands in the table twice"
        );
        assert_eq!(table, written());
    }

    #[test]
    fn a_change_touches_something() {
        for command in TABLE {
            assert_ne!(
                command.does,
                Does::Change(&[]),
                "{} changes nothing that is shown",
                command.name
            );
        }
    }

    /// `UPDATE=1` (or `cargo xtask bindings`) writes it anew.
    #[test]
    fn the_interfaces_side_of_the_commands_is_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("bindings.ts");
        commands::<tauri::Wry>()
            .export(
                Typescript::default().header(
                    "// Written from src-tauri/ipc by its test; edits by hand are lost. To write it anew: cargo xtask bindings\n",
                ),
                &new,
            )
            .unwrap();
        let new = std::fs::read_to_string(new).unwrap();
        let path = root().join("ui/src/bindings.ts");
        let wished = ["UPDATE", "TOWERIFY_WRITE"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
        if wished {
            std::fs::write(&path, &new).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == new,
            "ui/src/bindings.ts is stale: cargo xtask bindings writes it anew"
        );
    }
}
