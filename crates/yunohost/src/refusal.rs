//! Why a server refused, by YunoHost's own keys (locales/en.json of 12.1).

use std::fmt;

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $key:literal),+ $(,)?) => {
        /// A reason to refuse that somebody acts on or that has a sentence of its own; others keep their key.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Refusal {
            $($(#[$doc])* $variant,)+
            /// A key that is not known here: at most 64 of `a-z`, `A-Z`, `0-9` and `_`.
            Other(String),
        }

        impl Refusal {
            /// Every key that has its own variant.
            pub const KNOWN: &[Refusal] = &[$(Refusal::$variant),+];

            /// The reason behind a key. A whole text in place of a key (a failed install does that) is `Failed`.
            pub fn from_key(key: &str) -> Self {
                match key {
                    $($key => Self::$variant,)+
                    key if is_key(key) => Self::Other(key.to_owned()),
                    _ => Self::Failed,
                }
            }

            /// The key, as YunoHost or the driver writes it.
            pub fn key(&self) -> &str {
                match self {
                    $(Self::$variant => $key,)+
                    Self::Other(key) => key,
                }
            }
        }
    };
}

refusals! {
    /// There is no such user.
    UserUnknown = "user_unknown",
    /// The username is taken.
    UserAlreadyExists = "user_already_exists",
    /// The system itself has a user of that name.
    SystemUsernameExists = "system_username_exists",
    /// The last administrator cannot be deleted.
    UserCannotDeleteLastAdmin = "user_cannot_delete_last_admin",
    /// Among the most used passwords of the world.
    PasswordListed = "password_listed",
    /// At least eight characters.
    PasswordTooSimple1 = "password_too_simple_1",
    /// Eight, with a digit, upper and lower case.
    PasswordTooSimple2 = "password_too_simple_2",
    /// Eight, with a digit, upper and lower case and a special character.
    PasswordTooSimple3 = "password_too_simple_3",
    /// Twelve, with a digit, upper and lower case and a special character.
    PasswordTooSimple4 = "password_too_simple_4",
    /// Too long.
    PasswordTooLong = "password_too_long",
    /// The address is taken.
    MailAlreadyExists = "mail_already_exists",
    /// The address is kept for the administrators.
    MailUnavailable = "mail_unavailable",
    /// The address's domain is not of this server.
    MailDomainUnknown = "mail_domain_unknown",
    /// There is no such group.
    GroupUnknown = "group_unknown",
    /// The group's name is taken.
    GroupAlreadyExist = "group_already_exist",
    /// The group's name is taken in the system.
    GroupAlreadyExistOnSystem = "group_already_exist_on_system",
    /// YunoHost's own groups stay.
    GroupCannotBeDeleted = "group_cannot_be_deleted",
    /// The last administrator stays in the group.
    GroupCannotRemoveLastAdmin = "group_cannot_remove_last_admin",
    /// Everybody is in it; it is not edited by hand.
    GroupCannotEditAllUsers = "group_cannot_edit_all_users",
    /// It means anybody; it is not edited by hand.
    GroupCannotEditVisitors = "group_cannot_edit_visitors",
    /// A user's own group is not edited by hand.
    GroupCannotEditPrimaryGroup = "group_cannot_edit_primary_group",
    /// There is no such permission.
    PermissionNotFound = "permission_not_found",
    /// `visitors` can neither be added nor removed.
    PermissionProtected = "permission_protected",
    /// Only for people with an account.
    PermissionRequireAccount = "permission_require_account",
    /// There is no such domain on the server.
    DomainUnknown = "domain_unknown",
    /// The domain is there already.
    DomainExists = "domain_exists",
    /// The main domain stays until another is.
    DomainCannotRemoveMain = "domain_cannot_remove_main",
    /// The last domain stays.
    DomainCannotRemoveMainAddNewOne = "domain_cannot_remove_main_add_new_one",
    /// Apps are on it.
    DomainUninstallAppFirst = "domain_uninstall_app_first",
    /// There is no such app in the catalogue.
    AppUnknown = "app_unknown",
    /// The app is not on the server.
    AppNotInstalled = "app_not_installed",
    /// It can be there once only, and is.
    AppAlreadyInstalled = "app_already_installed",
    /// An answer is not among the choices.
    AppArgumentChoiceInvalid = "app_argument_choice_invalid",
    /// An answer is not valid.
    AppArgumentInvalid = "app_argument_invalid",
    /// An answer is missing.
    AppArgumentRequired = "app_argument_required",
    /// It needs a domain of its own.
    AppFullDomainUnavailable = "app_full_domain_unavailable",
    /// Another app is at the address.
    AppLocationUnavailable = "app_location_unavailable",
    /// The server's processor is not among those of the app.
    AppArchNotSupported = "app_arch_not_supported",
    /// The app asks for a later YunoHost.
    AppYunohostVersionNotSupported = "app_yunohost_version_not_supported",
    /// The app's manifest is of a format that the server does not know.
    AppPackagingFormatNotSupported = "app_packaging_format_not_supported",
    /// Not enough disk.
    AppNotEnoughDisk = "app_not_enough_disk",
    /// Not enough memory.
    AppNotEnoughRam = "app_not_enough_ram",
    /// The app's own files could not be fetched.
    AppSourcesFetchFailed = "app_sources_fetch_failed",
    /// What the app downloads could not be had.
    AppFailedToDownloadAsset = "app_failed_to_download_asset",
    /// What the app downloads is not what was expected.
    AppCorruptSource = "app_corrupt_source",
    /// The app's install script failed.
    AppInstallScriptFailed = "app_install_script_failed",
    /// The app's upgrade failed.
    AppUpgradeFailed = "app_upgrade_failed",
    /// The app's removal failed.
    AppRemoveFailed = "app_not_properly_removed",
    /// All apps are up to date (12.1 refuses an upgrade then).
    AppsAlreadyUpToDate = "apps_already_up_to_date",
    /// None of the apps can be upgraded.
    AppsNoTargetCanBeUpgraded = "apps_no_target_can_be_upgraded",
    /// The catalogue could not be fetched.
    AppsCatalogFailedToDownload = "apps_catalog_failed_to_download",
    /// There is no catalogue on the server yet, or it is too old.
    AppsCatalogObsoleteCache = "apps_catalog_obsolete_cache",
    /// The certificate is not of Let's Encrypt.
    CertificateNotLetsEncrypt = "certmanager_attempt_to_renew_nonLE_cert",
    /// The certificate does not end soon.
    CertificateStillValid = "certmanager_attempt_to_renew_valid_cert",
    /// A good certificate would be replaced.
    CertificateGood = "certmanager_attempt_to_replace_valid_cert",
    /// The domain was not looked at yet: run the diagnosis.
    CertificateNotDiagnosed = "certmanager_domain_not_diagnosed_yet",
    /// Let's Encrypt gave no certificate.
    CertificateInstallFailed = "certmanager_cert_install_failed",
    /// There is no such service.
    ServiceUnknown = "service_unknown",
    /// A service did not start.
    ServiceStartFailed = "service_start_failed",
    /// A service did not restart.
    ServiceRestartFailed = "service_restart_failed",
    /// A service did not stop.
    ServiceStopFailed = "service_stop_failed",
    /// There is no such operation log.
    LogUnknown = "log_does_exists",
    /// Another operation holds YunoHost's lock.
    InstanceAlreadyRunning = "instance_already_running",
    /// The system's package manager is broken.
    DpkgIsBroken = "dpkg_is_broken",
    /// The system's package manager is busy.
    DpkgLockNotAvailable = "dpkg_lock_not_available",
    /// The directory of users does not answer.
    LdapServerDown = "ldap_server_down",
    /// Not enough disk.
    NotEnoughDiskSpace = "not_enough_disk_space",
    /// The machine is there, YunoHost is not set up yet.
    YunohostNotInstalled = "yunohost_not_installed",
    /// An action's words or fields are not what the server's action map says.
    Usage = "usage",
    /// An argument is not in the form that the action map asks.
    InvalidArgument = "invalid_argument",
    /// A required value is missing.
    ArgumentRequired = "argument_required",
    /// The action asked a question that nobody can answer.
    PromptNeeded = "prompt_needed",
    /// The action was stopped by a signal.
    Interrupted = "interrupted",
    /// It failed, and no key says why.
    Failed = "failed",
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl From<&str> for Refusal {
    fn from(key: &str) -> Self {
        Self::from_key(key)
    }
}

/// Whether a text is a key at all. YunoHost's keys are `[a-z0-9_]`, but for some of its certificates' (`nonLE`).
pub fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}
