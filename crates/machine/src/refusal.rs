//! Why a task was refused or failed: the keys of its refusals, beside the driver's own.

/// An argument is not what the task takes; nothing was touched.
pub const BAD_ARGUMENT: &str = "bad_argument";
/// The account does not exist.
pub const USER_UNKNOWN: &str = "machine_user_unknown";
/// apt was busy for longer than was to be waited (rule 8). Passing.
pub const APT_BUSY: &str = "apt_busy";
/// This Debian release has no installer.
pub const NO_INSTALLER: &str = "no_installer";
/// The script could not be fetched. Passing.
pub const FETCH_FAILED: &str = "fetch_failed";
/// The script is not the one that was expected: its SHA-256 differs. Nothing was run.
pub const SCRIPT_CHANGED: &str = "script_changed";
/// The installer ended with a failure, or took longer than it may. May be tried again (rule 7).
pub const INSTALLER_FAILED: &str = "installer_failed";
/// The installer said that it succeeded, and YunoHost is not there.
pub const NOT_INSTALLED: &str = "not_installed";
/// The server has no such domain.
pub const DOMAIN_UNKNOWN: &str = "domain_unknown";
/// The private key does not belong to the certificate, or one of them can't be read; nothing was touched.
pub const CERTIFICATE_MISMATCH: &str = "certificate_mismatch";
/// nginx did not take the certificate; the former one is back.
pub const CERTIFICATE_REFUSED: &str = "certificate_refused";
/// A service did not do what it was told.
pub const SERVICE_FAILED: &str = "service_failed";
/// The machine can't have a gate: no sudo, no group that sshd lets in, or an account of that name that is not ours.
pub const GATE_IMPOSSIBLE: &str = "gate_impossible";
/// A program of the machine failed, or took too long.
pub const COMMAND_FAILED: &str = "command_failed";
/// The machine does not know a task of this name.
pub const TASK_UNKNOWN: &str = "task_unknown";

/// What passes by itself: trying again later is right.
pub const PASSING: &[&str] = &[APT_BUSY, FETCH_FAILED];
