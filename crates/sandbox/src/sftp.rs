//! SFTP over a folder of its own: what is put on a training server stays in that server's folder.

use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use russh_sftp::protocol::{
    Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Packet, Status, StatusCode, Version,
};
use tokio::{
    fs::{self, OpenOptions},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, SeekFrom},
};

use crate::{Fault, machine::Machine};

/// OpenSSH's rename that replaces.
const POSIX_RENAME: &str = "posix-rename@openssh.com";

/// Where `~` is.
const HOME: &str = "/home/admin";

/// The true place of a path on a server; nothing leaves the server's folder.
pub(crate) fn place(folder: &Path, path: &str) -> PathBuf {
    folder.join("files").join(inside(path))
}

/// A path without its root, `.` and `..`; relative ones are of the home folder.
fn inside(path: &str) -> PathBuf {
    let whole = if path.starts_with('/') {
        PathBuf::from(path)
    } else {
        Path::new(HOME).join(path)
    };
    let mut tidy = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::Normal(name) => tidy.push(name),
            Component::ParentDir => {
                tidy.pop();
            }
            _ => {}
        }
    }
    tidy
}

/// One SFTP session.
pub(crate) struct Session {
    machine: Arc<Machine>,
    files: HashMap<String, fs::File>,
    listings: HashMap<String, Vec<File>>,
    next: u32,
}

impl Session {
    /// A session on a server's files. Makes the usual folders first.
    pub(crate) async fn new(machine: Arc<Machine>) -> Self {
        for folder in [HOME, "/tmp", "/srv", "/etc"] {
            let _ = fs::create_dir_all(place(&machine.folder, folder)).await;
        }
        Self {
            machine,
            files: HashMap::new(),
            listings: HashMap::new(),
            next: 0,
        }
    }

    fn place(&self, path: &str) -> PathBuf {
        place(&self.machine.folder, path)
    }

    fn handle(&mut self) -> String {
        self.next += 1;
        format!("h{}", self.next)
    }

    fn file(&mut self, handle: &str) -> Result<&mut fs::File, StatusCode> {
        self.files.get_mut(handle).ok_or(StatusCode::BadMessage)
    }
}

/// One string of the protocol (RFC 4251, section 5), and what follows it.
fn text(data: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((String::from_utf8_lossy(text).into_owned(), rest))
}

fn said(error: &std::io::Error) -> StatusCode {
    match error.kind() {
        std::io::ErrorKind::NotFound => StatusCode::NoSuchFile,
        std::io::ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        _ => StatusCode::Failure,
    }
}

fn ok(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Ok".to_owned(),
        language_tag: "en-US".to_owned(),
    }
}

impl russh_sftp::server::Handler for Session {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn init(
        &mut self,
        _version: u32,
        _extensions: HashMap<String, String>,
    ) -> Result<Version, StatusCode> {
        let mut version = Version::new();
        version
            .extensions
            .insert(POSIX_RENAME.to_owned(), "1".to_owned());
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        pflags: OpenFlags,
        _attrs: FileAttributes,
    ) -> Result<Handle, StatusCode> {
        let writes = pflags.contains(OpenFlags::WRITE);
        if writes && self.machine.faults.has(&Fault::FullDisk) {
            return Err(StatusCode::Failure);
        }
        let file = OpenOptions::new()
            .read(pflags.contains(OpenFlags::READ))
            .write(writes)
            .append(pflags.contains(OpenFlags::APPEND))
            .create(pflags.contains(OpenFlags::CREATE))
            .create_new(pflags.contains(OpenFlags::EXCLUDE))
            .truncate(pflags.contains(OpenFlags::TRUNCATE))
            .open(self.place(&filename))
            .await
            .map_err(|error| said(&error))?;
        let handle = self.handle();
        self.files.insert(handle.clone(), file);
        Ok(Handle { id, handle })
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusCode> {
        if let Some(mut file) = self.files.remove(&handle) {
            file.flush().await.map_err(|error| said(&error))?;
        }
        self.listings.remove(&handle);
        Ok(ok(id))
    }

    async fn read(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        len: u32,
    ) -> Result<Data, StatusCode> {
        let file = self.file(&handle)?;
        file.seek(SeekFrom::Start(offset))
            .await
            .map_err(|error| said(&error))?;
        let mut data = Vec::new();
        let most = u64::from(len.min(256 << 10));
        file.take(most)
            .read_to_end(&mut data)
            .await
            .map_err(|error| said(&error))?;
        if data.is_empty() {
            return Err(StatusCode::Eof);
        }
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, StatusCode> {
        if self.machine.faults.has(&Fault::FullDisk) {
            return Err(StatusCode::Failure);
        }
        let file = self.file(&handle)?;
        file.seek(SeekFrom::Start(offset))
            .await
            .map_err(|error| said(&error))?;
        file.write_all(&data).await.map_err(|error| said(&error))?;
        file.flush().await.map_err(|error| said(&error))?;
        Ok(ok(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        self.stat(id, path).await
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        let metadata = fs::metadata(self.place(&path))
            .await
            .map_err(|error| said(&error))?;
        Ok(Attrs {
            id,
            attrs: FileAttributes::from(&metadata),
        })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        let metadata = self
            .file(&handle)?
            .metadata()
            .await
            .map_err(|error| said(&error))?;
        Ok(Attrs {
            id,
            attrs: FileAttributes::from(&metadata),
        })
    }

    async fn setstat(
        &mut self,
        id: u32,
        path: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        if let Some(size) = attrs.size {
            let file = OpenOptions::new().write(true).open(self.place(&path)).await;
            let file = file.map_err(|error| said(&error))?;
            file.set_len(size).await.map_err(|error| said(&error))?;
        }
        Ok(ok(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        let file = self.file(&handle)?;
        if let Some(size) = attrs.size {
            file.set_len(size).await.map_err(|error| said(&error))?;
        }
        Ok(ok(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        let mut entries = fs::read_dir(self.place(&path))
            .await
            .map_err(|error| said(&error))?;
        let mut listing = Vec::new();
        while let Some(entry) = entries.next_entry().await.map_err(|error| said(&error))? {
            if let Ok(metadata) = entry.metadata().await {
                let name = entry.file_name().to_string_lossy().into_owned();
                listing.push(File::new(name, FileAttributes::from(&metadata)));
            }
        }
        let handle = self.handle();
        self.listings.insert(handle.clone(), listing);
        Ok(Handle { id, handle })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        let listing = self
            .listings
            .get_mut(&handle)
            .ok_or(StatusCode::BadMessage)?;
        if listing.is_empty() {
            return Err(StatusCode::Eof);
        }
        Ok(Name {
            id,
            files: std::mem::take(listing),
        })
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, StatusCode> {
        fs::remove_file(self.place(&filename))
            .await
            .map_err(|error| said(&error))?;
        Ok(ok(id))
    }

    async fn mkdir(
        &mut self,
        id: u32,
        path: String,
        _attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        fs::create_dir(self.place(&path))
            .await
            .map_err(|error| said(&error))?;
        Ok(ok(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        fs::remove_dir(self.place(&path))
            .await
            .map_err(|error| said(&error))?;
        Ok(ok(id))
    }

    async fn rename(
        &mut self,
        id: u32,
        oldpath: String,
        newpath: String,
    ) -> Result<Status, StatusCode> {
        let (old, new) = (self.place(&oldpath), self.place(&newpath));
        // SSH_FXP_RENAME does not replace what is there.
        if fs::try_exists(&new).await.unwrap_or(false) {
            return Err(StatusCode::Failure);
        }
        fs::rename(old, new).await.map_err(|error| said(&error))?;
        Ok(ok(id))
    }

    async fn extended(
        &mut self,
        id: u32,
        request: String,
        data: Vec<u8>,
    ) -> Result<Packet, StatusCode> {
        if request != POSIX_RENAME {
            return Err(StatusCode::OpUnsupported);
        }
        let (old, rest) = text(&data).ok_or(StatusCode::BadMessage)?;
        let (new, _) = text(rest).ok_or(StatusCode::BadMessage)?;
        fs::rename(self.place(&old), self.place(&new))
            .await
            .map_err(|error| said(&error))?;
        Ok(Packet::Status(ok(id)))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusCode> {
        let path = if path == "." {
            HOME.to_owned()
        } else {
            format!("/{}", inside(&path).display())
        };
        Ok(Name {
            id,
            files: vec![File::dummy(path)],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_servers_folder() {
        let folder = Path::new("/kept");
        for (path, expected) in [
            ("/tmp/a", "/kept/files/tmp/a"),
            ("notes", "/kept/files/home/admin/notes"),
            ("/../../etc/passwd", "/kept/files/etc/passwd"),
            ("../../../../x", "/kept/files/x"),
        ] {
            assert_eq!(place(folder, path), Path::new(expected), "{path}");
        }
    }
}
