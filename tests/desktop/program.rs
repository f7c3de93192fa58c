//! The processes of a test: WebKit's driver, and through it the program, with a home folder of its own.

use std::{
    fs::File,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Where the program lives between its starts.
pub struct Home {
    folder: TempDir,
    pace: &'static str,
}

impl Home {
    /// An empty one: the program was never started here.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder for the test's home"),
            pace: "real",
        }
    }

    /// The same, where simulated servers work so many times faster than real ones.
    pub fn hurried(times: &'static str) -> Self {
        Self {
            pace: times,
            ..Self::empty()
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What the program said on its output streams, over all its starts.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.path().join("said")).unwrap_or_default()
    }

    /// What the program wrote in its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("data/towerify.log")).unwrap_or_default()
    }

    /// The processes of the program that live here. Known by their own environment, so that no other is meant.
    pub fn processes(&self) -> Vec<String> {
        processes(self.path())
    }

    /// Every file below the home that holds this text.
    pub fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.path().to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if std::fs::read(&path).is_ok_and(|bytes| {
                    bytes
                        .windows(text.len())
                        .any(|window| window == text.as_bytes())
                }) {
                    found.push(path);
                }
            }
        }
        found
    }
}

/// WebKit's driver. It starts the program when a session is asked for, and is ended by its process id.
pub struct Driver {
    process: Child,
    port: u16,
    home: PathBuf,
}

impl Driver {
    /// Starts it, for a program that lives in `home`.
    pub fn start(home: &Home) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let said = File::options()
            .create(true)
            .append(true)
            .open(home.path().join("said"))
            .unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "the driver of the window is a program of the system"
        )]
        let process = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("TOWERIFY_HOME", home.path())
            .env("TOWERIFY_TRACE_START", "1")
            .env("TOWERIFY_TRAINING_PACE", home.pace)
            .env("TOWERIFY_LOG", "info")
            // WebKit keeps what the page stores below these; a test must not share it with another.
            .env("XDG_DATA_HOME", home.path().join("webkit"))
            .env("XDG_CACHE_HOME", home.path().join("webkit-cache"))
            .env("LANG", "C.UTF-8")
            .env("LANGUAGE", "en")
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .expect("WebKitWebDriver (Debian: webkit2gtk-driver) could not be started");
        let driver = Self {
            process,
            port,
            home: home.path().to_owned(),
        };
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                Instant::now() < end,
                "WebKitWebDriver does not listen on port {port}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        driver
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // A test that failed leaves its program behind.
        for process in processes(&self.home) {
            #[expect(
                clippy::disallowed_methods,
                reason = "the standard library ends only its own children"
            )]
            let _ = Command::new("kill").arg(process).status();
        }
    }
}

fn processes(home: &Path) -> Vec<String> {
    let wanted = format!("TOWERIFY_HOME={}", home.display());
    let is_ours = |folder: &Path| {
        std::fs::read_link(folder.join("exe"))
            .is_ok_and(|exe| exe.to_string_lossy().contains("towerify-desktop"))
            && std::fs::read(folder.join("environ")).is_ok_and(|all| {
                all.split(|byte| *byte == 0)
                    .any(|one| one == wanted.as_bytes())
            })
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|process| is_ours(&process.path()))
        .map(|process| process.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The executable under test, built with the interface inside.
pub fn executable() -> &'static str {
    env!("CARGO_BIN_EXE_towerify-desktop")
}

/// `target/screens`, where pictures go.
pub fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
