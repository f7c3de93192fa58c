//! The end of a transfer that is on this computer.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::error::SshError;

pub(super) fn beside(local: &Path) -> PathBuf {
    let mut name = local.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

pub(super) fn failed(operation: &'static str, path: &Path, source: std::io::Error) -> SshError {
    SshError::LocalFile {
        operation,
        path: path.to_owned(),
        source,
    }
}

pub(super) async fn sha256(path: &Path) -> Result<String, SshError> {
    let reading = |source| failed("reading", path, source);
    let mut file = File::open(path).await.map_err(reading)?;
    let mut digest = Sha256::new();
    let mut piece = Vec::with_capacity(256 * 1024);
    loop {
        piece.clear();
        (&mut file)
            .take(256 * 1024)
            .read_to_end(&mut piece)
            .await
            .map_err(reading)?;
        if piece.is_empty() {
            return Ok(hexadecimal(&digest.finalize()));
        }
        digest.update(&piece);
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
