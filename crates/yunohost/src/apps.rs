//! The apps on a server: list, addresses, install, upgrade, remove.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

use crate::{
    Declaration, Extra, Route, Secret,
    action::{Nothing, action, words},
    fields::{AppId, AppSource, Label},
    permissions::Permission,
};

/// `app list --full`: every app, with what could be done to it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListApps;

/// The apps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Apps {
    /// In the server's order.
    pub apps: Vec<App>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// One app on a server. What only the full answer has is optional.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct App {
    /// `nextcloud`, or `nextcloud__2`. Empty in 12.0's `app info`: whoever asked knows it.
    #[serde(default)]
    pub id: String,
    /// The label that an administrator gave, else the app's name.
    pub name: String,
    /// One line, in the server's language.
    #[serde(default)]
    pub description: Option<String>,
    /// `28.0.1~ynh2`.
    #[serde(default)]
    pub version: Option<String>,
    /// `cloud.example.org/files`; nothing for an app without an address.
    #[serde(default)]
    pub domain_path: Option<String>,
    /// Whether and how it could be upgraded, as 12.1 says it. See [`App::upgradable`].
    #[serde(default)]
    pub upgrade: Option<Upgrade>,
    /// Whether it could be upgraded, as 12.0 says it. See [`App::upgradable`].
    #[serde(default, rename = "upgradable")]
    pub upgradable_12_0: Option<UpgradeState>,
    /// What is installed, as 12.0 says it.
    #[serde(default)]
    pub current_version: Option<String>,
    /// What it would become, as 12.0 says it.
    #[serde(default)]
    pub new_version: Option<String>,
    /// Where and when it was installed. The app's further settings are left out on purpose: passwords and
    /// tokens stand among them.
    #[serde(default)]
    pub settings: Option<AppSettings>,
    /// The app's manifest as it was installed, for [`crate::manifest::Manifest::parse`].
    #[serde(default)]
    #[specta(skip)]
    pub manifest: Option<Value>,
    /// Its entry in the catalogue, if it has one.
    #[serde(default)]
    #[specta(skip)]
    pub from_catalog: Option<Value>,
    /// Its permissions by name.
    #[serde(default)]
    pub permissions: BTreeMap<String, Permission>,
    /// The label that an administrator gave.
    #[serde(default)]
    pub label: Option<String>,
    /// The name of its logo's file, without `.png`.
    #[serde(default)]
    pub logo: Option<String>,
    /// Whether it has an address.
    #[serde(default)]
    pub is_webapp: Option<bool>,
    /// Whether its domain leads to it.
    #[serde(default)]
    pub is_default: Option<bool>,
    /// Whether its address can change.
    #[serde(default)]
    pub supports_change_url: Option<bool>,
    /// Whether it can be backed up.
    #[serde(default)]
    pub supports_backup_restore: Option<bool>,
    /// Whether it can be there twice.
    #[serde(default)]
    pub supports_multi_instance: Option<bool>,
    /// Whether it has settings of its own.
    #[serde(default)]
    pub supports_config_panel: Option<bool>,
    /// Whether removing it can erase its data too.
    #[serde(default)]
    pub supports_purge: Option<bool>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

impl App {
    /// Whether it could be upgraded, in either release's words. Nothing when the server did not say.
    pub fn upgradable(&self) -> Option<&UpgradeState> {
        self.upgrade
            .as_ref()
            .map(|upgrade| &upgrade.status)
            .or(self.upgradable_12_0.as_ref())
    }

    /// The version that it would become, when there is one.
    pub fn next_version(&self) -> Option<&str> {
        let said = self
            .upgrade
            .as_ref()
            .and_then(|upgrade| upgrade.new_version.as_ref());
        said.or(self.new_version.as_ref()).map(String::as_str)
    }
}

/// Whether and how an app could be upgraded (12.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Upgrade {
    /// Whether.
    pub status: UpgradeState,
    /// The same in words, in the server's language; it may hold HTML, which is shown as text.
    #[serde(default)]
    pub message: Option<String>,
    /// Where it would come from.
    #[serde(default)]
    pub url: Option<String>,
    /// What is installed.
    #[serde(default)]
    pub current_version: Option<String>,
    /// What it would become.
    #[serde(default)]
    pub new_version: Option<String>,
    /// Its commit.
    #[serde(default)]
    pub new_revision: Option<String>,
    /// What it asks of the server.
    #[serde(default)]
    pub requirements: Option<BTreeMap<String, Requirement>>,
    /// A channel other than the catalogue's that it comes from.
    #[serde(default)]
    pub specific_channel: Option<String>,
    /// A word about that channel.
    #[serde(default)]
    pub specific_channel_message: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// Something that an app asks of a server: `required_yunohost_version`, `arch`, `install`, `disk`, `ram`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Requirement {
    /// Its name.
    #[serde(default)]
    pub id: Option<String>,
    /// Whether the server has it.
    pub passed: bool,
    /// What to say when it has not, in the server's language. It stands there when all is well too.
    #[serde(default)]
    pub error: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

words!(
    /// Whether an app could be upgraded.
    UpgradeState {
        /// It could (12.1).
        Upgradable = "upgradable",
        /// It could (12.0).
        Yes = "yes",
        /// There is nothing newer (12.1).
        UpToDate = "up_to_date",
        /// There is nothing newer (12.0).
        No = "no",
        /// It is not in the catalogue: an address has to be given.
        UrlRequired = "url_required",
        /// The catalogue says that the newer one is broken.
        BadQuality = "bad_quality",
        /// The server lacks something that the newer one asks.
        FailRequirements = "fail_requirements",
    }
);

impl UpgradeState {
    /// Whether an upgrade would do something.
    pub fn is_upgradable(&self) -> bool {
        matches!(self, Self::Upgradable | Self::Yes)
    }
}

/// What is kept of an app's settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct AppSettings {
    /// Its domain.
    #[serde(default)]
    pub domain: Option<String>,
    /// Its path.
    #[serde(default)]
    pub path: Option<String>,
    /// When it was installed: seconds since 1970.
    #[serde(default)]
    pub install_time: Option<f64>,
    /// When it was last upgraded: seconds since 1970.
    #[serde(default)]
    pub update_time: Option<f64>,
    /// The commit that is installed, `?` when nobody knows.
    #[serde(default)]
    pub current_revision: Option<String>,
    /// Where its files are.
    #[serde(default)]
    pub install_dir: Option<String>,
    /// Where its data is.
    #[serde(default)]
    pub data_dir: Option<String>,
    /// The package's fingerprint, of an in-house app that `towerify deploy` put there; such an app alone has what follows.
    #[serde(default)]
    pub towerify_package: Option<String>,
    /// Its release that answers: `r7`.
    #[serde(default)]
    pub towerify_release: Option<String>,
    /// The commit that it was made from; empty when nobody knows.
    #[serde(default)]
    pub towerify_commit: Option<String>,
    /// What the commit says.
    #[serde(default)]
    pub towerify_message: Option<String>,
    /// Who deployed it.
    #[serde(default)]
    pub towerify_by: Option<String>,
    /// When: seconds since 1970.
    #[serde(default)]
    pub towerify_at: Option<f64>,
}

action!(
    ListApps,
    Declaration::read("app list", &[Route::get("/apps")]),
    Apps,
    |of, argv| argv.arg("--full"),
    |of, form| form.flag("full", true)
);

/// `app info --full`: one app.
#[derive(Debug, Clone)]
pub struct ShowApp {
    /// Which.
    pub app: AppId,
}

action!(
    ShowApp,
    Declaration::read("app info", &[Route::get("/apps/<app>")]),
    App,
    |of, argv| argv.arg(&of.app).arg("--full"),
    |of, form| form.path("app", &of.app).flag("full", true)
);

/// `app map --raw`: which app is at which address.
#[derive(Debug, Clone, Copy, Default)]
pub struct MapApps;

/// Apps by domain and path, or labels by address when not asked for the raw map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(untagged)]
pub enum AppMap {
    /// By domain, then path.
    Raw(BTreeMap<String, BTreeMap<String, MappedApp>>),
    /// Label by address.
    Labels(BTreeMap<String, String>),
}

/// An app at an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct MappedApp {
    /// Its id.
    pub id: String,
    /// The tile's label.
    #[serde(default)]
    pub label: Option<String>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    MapApps,
    Declaration::read("app map", &[Route::get("/apps/map")]),
    AppMap,
    |of, argv| argv.arg("--raw"),
    |of, form| form.flag("raw", true)
);

/// `app install`. Refusals: `app_unknown`, `app_location_unavailable`, `app_argument_…`, `app_not_enough_ram`, …
#[derive(Debug, Clone)]
pub struct InstallApp {
    /// What from.
    pub source: AppSource,
    /// The label of its tile; the app's own name when left out.
    pub label: Option<Label>,
    /// The answers to its questions, encoded: see [`crate::manifest::Answers::encode`]. Passwords are among them.
    pub args: Secret,
    /// Without this, an app that is not in the catalogue (or is flagged) is refused: nobody can confirm.
    pub force: bool,
    /// Leave what was done in place when it fails, to look at it.
    pub keep_on_failure: bool,
}

/// What an install or an upgrade leaves to read: null over the driver, where notes come as output.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct Installed {
    /// Notes by their name, in the server's language (API only).
    #[serde(default)]
    #[specta(skip)]
    pub notifications: BTreeMap<String, Value>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

impl InstallApp {
    fn answers(&self) -> Option<&Secret> {
        // An empty --args is an answer too, but YunoHost reads it as nothing.
        (!self.args.expose_secret().is_empty()).then_some(&self.args)
    }
}

action!(
    InstallApp,
    Declaration::write("app install", &[Route::post("/apps")]),
    Option<Installed>,
    |of, argv| argv
        .arg(&of.source)
        .option("--label", of.label.as_ref())
        .flag("--no-remove-on-failure", of.keep_on_failure)
        .flag("--force", of.force)
        .secret("--args", of.answers()),
    |of, form| form
        .field("app", Some(&of.source))
        .field("label", of.label.as_ref())
        .flag("no_remove_on_failure", of.keep_on_failure)
        .flag("force", of.force)
        .secret("args", of.answers())
);

/// `app upgrade`. An app that is up to date is refused by 12.1 (`apps_no_target_can_be_upgraded`), not by 12.0. An
/// upgrade that failed and was restored ends well: look at the app afterwards.
#[derive(Debug, Clone, Default)]
pub struct UpgradeApps {
    /// Which; none means all.
    pub apps: Vec<AppId>,
    /// Upgrade to the same version too.
    pub force: bool,
    /// Make no backup before: quicker, and nothing to go back to.
    pub no_safety_backup: bool,
    /// Go on with the others when one fails.
    pub continue_on_failure: bool,
}

action!(
    UpgradeApps,
    Declaration::write("app upgrade", &[Route::put("/apps/<app>/upgrade")]),
    Option<Installed>,
    |of, argv| argv
        .args(&of.apps)
        .flag("--force", of.force)
        .flag("--no-safety-backup", of.no_safety_backup)
        .flag("--continue-on-failure", of.continue_on_failure),
    |of, form| form
        .path_list("app", &of.apps)
        .flag("force", of.force)
        .flag("no_safety_backup", of.no_safety_backup)
        .flag("continue_on_failure", of.continue_on_failure)
);

/// `app remove`. Answers nothing. Refusal: `app_not_installed`.
#[derive(Debug, Clone)]
pub struct RemoveApp {
    /// Which.
    pub app: AppId,
    /// Whether its data is erased too.
    pub purge: bool,
}

action!(
    RemoveApp,
    Declaration::write("app remove", &[Route::delete("/apps/<app>")]),
    Nothing,
    |of, argv| argv.arg(&of.app).flag("--purge", of.purge),
    |of, form| form.path("app", &of.app).flag("purge", of.purge)
);

/// `app change-label`. Answers nothing.
#[derive(Debug, Clone)]
pub struct ChangeLabel {
    /// Which app.
    pub app: AppId,
    /// Its new label.
    pub label: Label,
}

action!(
    ChangeLabel,
    Declaration::write("app change-label", &[Route::put("/apps/<app>/label")]),
    Nothing,
    |of, argv| argv.arg(&of.app).arg(&of.label),
    |of, form| form
        .path("app", &of.app)
        .field("new_label", Some(&of.label))
);
