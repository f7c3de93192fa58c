//! An OpenSSH server on a free port of 127.0.0.1.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::keys::{self, ClientKey, KeyKind, Protection};
use crate::process::{descendants, end, run};

/// What the server is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its host keys.
    pub host_keys: Vec<KeyKind>,
    /// Whether passwords of the system's accounts are taken (from `/etc/shadow`; needs root).
    pub passwords: bool,
    /// Further lines of `sshd_config`, which come first and so win.
    pub config: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            host_keys: vec![KeyKind::Ed25519],
            passwords: false,
            config: Vec::new(),
        }
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Sshd {
    folder: TempDir,
    port: u16,
    child: Child,
    host_keys: Vec<(KeyKind, String)>,
    user: String,
}

impl Sshd {
    /// Starts a server and waits until it answers.
    pub fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a folder for sshd");
        if run("id", &["-u"]).trim() == "0" {
            // Where sshd, as root, changes its root to; Debian makes it when the service starts.
            fs::create_dir_all("/run/sshd").expect("/run/sshd");
        }
        let host_keys = options
            .host_keys
            .iter()
            .map(|kind| {
                let key = keys::make(
                    folder.path(),
                    &format!("host_{kind:?}"),
                    *kind,
                    Protection::Open,
                );
                let public = key.public.rsplit_once(' ').expect("a comment").0.to_owned();
                (*kind, public)
            })
            .collect();
        fs::write(folder.path().join("authorized_keys"), "").expect("authorized_keys");
        // Another program may take the free port first; then the next one is tried.
        for _ in 0..10 {
            if let Some((port, child)) = try_start(folder.path(), &options) {
                return Sshd {
                    folder,
                    port,
                    child,
                    host_keys,
                    user: run("id", &["-un"]).trim().to_owned(),
                };
            }
        }
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        panic!("sshd did not start: {log}");
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The user that may log in with a key: the one who runs the test.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The folder of this server, removed with it; tests may put files there.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A host key, `type base64`.
    pub fn host_key(&self, kind: KeyKind) -> &str {
        let found = self.host_keys.iter().find(|(of, _)| *of == kind);
        &found.expect("the server has a key of this type").1
    }

    /// Makes a key pair and lets it in.
    pub fn client_key(&self, name: &str, kind: KeyKind, protection: Protection<'_>) -> ClientKey {
        let key = keys::make(self.folder.path(), name, kind, protection);
        self.authorize(&key.public);
        key
    }

    /// Lets a public key in, given as a line of `authorized_keys`.
    pub fn authorize(&self, public: &str) {
        let mut file = fs::File::options()
            .append(true)
            .open(self.folder.path().join("authorized_keys"))
            .expect("authorized_keys");
        writeln!(file, "{public}").expect("authorized_keys");
    }

    /// What the server wrote so far, at log level DEBUG1.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits until the log holds a text so many times, and gives the log.
    pub fn wait_for_log(&self, text: &str, times: usize) -> String {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let log = self.log();
            if log.matches(text).count() >= times {
                return log;
            }
            assert!(
                Instant::now() < deadline,
                "no {text:?} ({times} times) in the log:\n{log}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Cuts every connection, as a network does: at once and without a word. The server stays.
    pub fn cut_connections(&self) {
        end(&descendants(self.child.id()));
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let mut all = descendants(self.child.id());
        all.push(self.child.id());
        end(&all);
        let _ = self.child.wait();
    }
}

fn try_start(folder: &Path, options: &Options) -> Option<(u16, Child)> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let path = folder.join("sshd_config");
    // Since 9.8, OpenSSH makes an address that failed to log in wait: here all tests share one address.
    // Older ones refuse a setting that they do not know.
    let config = config(folder, port, options);
    fs::write(&path, format!("{config}PerSourcePenalties no\n")).expect("sshd_config");
    let known = Command::new("/usr/sbin/sshd")
        .args(["-t", "-f"])
        .arg(&path)
        .stderr(Stdio::null())
        .status()
        .expect("/usr/sbin/sshd is needed for this test (openssh-server)");
    if !known.success() {
        fs::write(&path, config).expect("sshd_config");
    }
    // Not `-e`: at this log level sshd would mix its log into what root's commands write as errors.
    let log = folder.join("log");
    let _ = fs::remove_file(&log);
    let mut child = Command::new("/usr/sbin/sshd")
        .args(["-D", "-E"])
        .arg(&log)
        .arg("-f")
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sshd starts");
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if child.try_wait().expect("sshd's state").is_some() {
            return None;
        }
        if greets(port) {
            return Some((port, child));
        }
        thread::sleep(Duration::from_millis(10));
    }
    end(&[child.id()]);
    let _ = child.wait();
    None
}

fn greets(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(2)) else {
        return false;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut greeting = [0; 4];
    stream.read_exact(&mut greeting).is_ok() && &greeting == b"SSH-"
}

fn config(folder: &Path, port: u16, options: &Options) -> String {
    let folder = folder.display();
    let mut lines = options.config.clone();
    lines.extend(
        options
            .host_keys
            .iter()
            .map(|kind| format!("HostKey {folder}/host_{kind:?}")),
    );
    let passwords = if options.passwords { "yes" } else { "no" };
    lines.extend([
        format!("Port {port}"),
        "ListenAddress 127.0.0.1".to_owned(),
        format!("AuthorizedKeysFile {folder}/authorized_keys"),
        format!("PasswordAuthentication {passwords}"),
        "KbdInteractiveAuthentication no".to_owned(),
        "PermitRootLogin yes".to_owned(),
        "StrictModes no".to_owned(),
        "UsePAM no".to_owned(),
        "UseDNS no".to_owned(),
        "PidFile none".to_owned(),
        "PrintMotd no".to_owned(),
        "MaxStartups 500".to_owned(),
        "LogLevel DEBUG1".to_owned(),
        // Bash reads the user's .bashrc under sshd: what stands there is slow, and ending it halfway (as
        // cut_connections does) may leave locks behind in the user's own home.
        format!("SetEnv HOME={folder}"),
    ]);
    // Only one line may name it, unlike other settings.
    if !lines.iter().any(|line| line.starts_with("Subsystem")) {
        lines.push("Subsystem sftp internal-sftp".to_owned());
    }
    lines.join("\n") + "\n"
}
