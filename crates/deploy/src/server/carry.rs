//! A package on its way: up over SFTP, resuming where an earlier try stopped, and unpacked by root.

use serde_json::Value;
use towerify_driver::DriverError;
use towerify_ssh::{Limits as RunLimits, Resume};

use super::{DeployError, Server};
use crate::pack::{PackError, sha256_hex};
use crate::package::Package;

/// Unpacks what was sent into a folder that is root's; only names that we made are in these commands. Folders of a day
/// before are of deployments that died.
const UNPACK: &str = r#"echo "{\"event\":\"ready\"}"; umask 022; find /var/tmp -maxdepth 1 -name "towerify-????????" -user root -mmin +1440 -exec rm -rf {} +; d=$(mktemp -d /var/tmp/towerify-XXXXXXXX) && tar -x -f "$1" -C "$d" --no-same-owner && rm -f "$1" && echo "{\"event\":\"done\",\"folder\":\"$d\"}""#;
const FORGET: &str = r#"echo "{\"event\":\"ready\"}"; rm -rf "$1"; echo "{\"event\":\"done\"}""#;

/// Brings a package onto the server, resuming where an earlier try stopped; gives the folder there.
pub(super) async fn bring(
    server: &Server,
    package: &Package,
    payload: Option<&[u8]>,
) -> Result<String, DeployError> {
    let local = tempfile::NamedTempFile::new().map_err(PackError::Write)?;
    package
        .write_tar(payload, &local)
        .map_err(PackError::Write)?;
    let home = server
        .connection
        .run("pwd", &[], RunLimits::default())
        .await?;
    let home = String::from_utf8_lossy(&home.stdout).trim().to_owned();
    // The name says which release of which package: what an earlier try left of another one is not continued.
    let of_release = package
        .files
        .get("conf/release.json")
        .map(|about| sha256_hex(about.as_bytes()));
    let name = format!(
        ".towerify-{}-{}.tar",
        package.fingerprint.get(..12).unwrap_or_default(),
        of_release
            .as_deref()
            .and_then(|hash| hash.get(..12))
            .unwrap_or_default(),
    );
    if !home.starts_with('/') || home.contains('\'') {
        return Err(DeployError::Unclear("the home folder"));
    }
    let remote = format!("{}/{name}", home.trim_end_matches('/'));
    server
        .connection
        .sftp()
        .await?
        .upload(local.path(), &remote, 0o600, Resume::Continue, &mut |_| {})
        .await?;
    let end = server.ask_shell(UNPACK, &[&remote]).await?;
    let folder = end
        .get("folder")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let rest = folder
        .strip_prefix("/var/tmp/towerify-")
        .unwrap_or_default();
    if rest.is_empty() || !rest.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(DeployError::Driver(DriverError::NotStarted {
            said: "the package could not be unpacked".to_owned(),
            exit: None,
        }));
    }
    Ok(folder.to_owned())
}

/// YunoHost has copied what it keeps.
pub(super) async fn forget(server: &Server, folder: &str) {
    let _ = server.ask_shell(FORGET, &[folder]).await;
}
