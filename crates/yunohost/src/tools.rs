//! The server as a whole: its post-installation, its restart, its end.

use crate::{
    Declaration, Route, Secret,
    action::{Nothing, action},
    fields::{DomainName, FullName, Username},
};

/// `tools postinstall`: makes an installed YunoHost a server, 22–85 s. Bad values are refused within a second, before any
/// change; a second time is refused as a whole. If it breaks off midway it can't be continued. Afterwards root's
/// password is this one, and root may log in from private addresses only. Answers nothing.
///
/// Over HTTP it needs no login, until it was done once.
#[derive(Debug, Clone)]
pub struct PostInstall {
    /// The main domain.
    pub domain: DomainName,
    /// The first administrator's account.
    pub username: Username,
    /// Their name.
    pub fullname: FullName,
    /// Their password, and root's from then on: 8 to 126 characters, none of the most used ones.
    pub password: Secret,
    /// Whether the domain is not to be registered with YunoHost's dynamic DNS, where it could be.
    pub ignore_dyndns: bool,
    /// Whether less room on the disk than YunoHost wants (10 GB) is enough.
    pub force_diskspace: bool,
    /// That the terms of use of YunoHost's services were read: releases since 12.0 that know the option ask for it
    /// where a dynamic domain is registered. A person says so; nothing here does.
    pub accept_terms: bool,
}

action!(
    PostInstall,
    Declaration::write("tools postinstall", &[Route::post("/postinstall")]),
    Nothing,
    |of, argv| argv
        .option("--domain", Some(&of.domain))
        .option("--username", Some(&of.username))
        .option("--fullname", Some(&of.fullname))
        .flag("--ignore-dyndns", of.ignore_dyndns)
        .flag("--force-diskspace", of.force_diskspace)
        .flag("--i-have-read-terms-of-services", of.accept_terms)
        .secret("--password", Some(&of.password)),
    |of, form| form
        .field("domain", Some(&of.domain))
        .field("username", Some(&of.username))
        .field("fullname", Some(&of.fullname))
        .flag("ignore_dyndns", of.ignore_dyndns)
        .flag("force_diskspace", of.force_diskspace)
        .flag("i_have_read_terms_of_services", of.accept_terms)
        .secret("password", Some(&of.password))
);

/// `tools reboot --force`: restarts the machine. The run ends by a signal, or is lost by the reboot: success is a new
/// boot. (Without `force` the HTTP API answers 204 and does nothing.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Reboot;

action!(
    Reboot,
    Declaration::write("tools reboot", &[Route::put("/reboot")]),
    Nothing,
    |of, argv| argv.flag("--force", true),
    |of, form| form.flag("force", true)
);

/// `tools shutdown --force`: switches the machine off.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shutdown;

action!(
    Shutdown,
    Declaration::write("tools shutdown", &[Route::put("/shutdown")]),
    Nothing,
    |of, argv| argv.flag("--force", true),
    |of, form| form.flag("force", true)
);
