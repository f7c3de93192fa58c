//! The gate over a true sshd and a true sudo: put on the stand-in by its task, opened by a key of a system account that
//! the test makes, its log read from the socket that it writes to.

mod doors;
mod lines;
mod theirs;

use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::UnixDatagram;
use tokio::process::Command;
use towerify_driver::{
    Driver, Outcome, PROGRAM, Privilege, Result, RunEvent, Start, StartOptions, connect, gate,
};
use towerify_machine::Task;
use towerify_machine::gate::{AskGates, PutGate, RemoveGate};
use towerify_ssh::{Connection, Credential, Dial, Endpoint, Login, Pinned, PrivateKey};
use towerify_test_sshd::{ClientKey, KeyKind, Options, Protection, Sshd, SystemUser};
use towerify_yunohost::Argv;
use towerify_yunohost::gate::{GatePolicy, Holding};

use crate::server::Server;

/// A server that two customers share: `tour.example` has ines, `voisin.example` has paul; camille administers it.
struct Shared {
    server: Server,
    sshd: Sshd,
    log: Arc<Mutex<Vec<String>>>,
    reading: tokio::task::JoinHandle<()>,
}

impl Shared {
    async fn new() -> Self {
        let people = [
            "camille=Camille Morvan",
            "ines=Inès Calvet",
            "paul=Paul Voisin",
        ];
        let options: Vec<&str> = people.iter().flat_map(|one| ["--user", one]).collect();
        let server = Server::new(&options).await;
        // The gate's own half enters the folder as somebody who is not root.
        let root = server.path("");
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut state = server.state();
        state["domains"] = json!(["tour.example", "voisin.example"]);
        state["users"]["paul"]["mail"] = "paul@voisin.example".into();
        state["groups"]["neighbours"] = json!({"members": ["paul"]});
        server.write("var/lib/standin/state.json", &state.to_string());

        std::fs::create_dir_all(server.path("dev")).unwrap();
        let socket = UnixDatagram::bind(server.path("dev/log")).unwrap();
        std::fs::set_permissions(
            server.path("dev/log"),
            std::fs::Permissions::from_mode(0o666),
        )
        .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&log);
        let reading = tokio::spawn(async move {
            let mut line = [0; 4096];
            while let Ok(length) = socket.recv(&mut line).await {
                let line = String::from_utf8(line[..length].to_vec()).unwrap();
                keep.lock().unwrap().push(line);
            }
        });
        let homes = server.path("var/lib/towerify-gate");
        let sshd = Sshd::start(Options {
            config: vec![
                format!(
                    "AuthorizedKeysFile {}/%u/.ssh/authorized_keys",
                    homes.display()
                ),
                "StrictModes yes".to_owned(),
                // What a server could be so careless as to let in.
                "AcceptEnv LC_* LANG TOWERIFY_* PYTHON* SUDO_*".to_owned(),
                "AllowTcpForwarding yes".to_owned(),
                "AllowAgentForwarding yes".to_owned(),
                "X11Forwarding yes".to_owned(),
                "PermitTunnel yes".to_owned(),
            ],
            ..Options::default()
        });
        Self {
            server,
            sshd,
            log,
            reading,
        }
    }

    /// A gate for this customer's domain, as the task puts it; and the account that a real sshd and sudo know.
    async fn gate(&self, domain: &str) -> Gate<'_> {
        self.gate_of(domain, gate::program().to_owned()).await
    }

    async fn gate_of(&self, domain: &str, program: String) -> Gate<'_> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let count = MADE.fetch_add(1, Ordering::Relaxed);
        let account = format!("towerify-t{}n{count}", std::process::id());
        let key = self
            .sshd
            .client_key(&account, KeyKind::Ed25519, Protection::Open);
        let holding = Holding {
            domains: [domain.to_owned()].into(),
            ..Holding::default()
        };
        let put = PutGate {
            account: account.clone(),
            key: key.public.clone(),
            policy: json!(GatePolicy::new(&account, "Tour", holding)),
            program,
            driver: PROGRAM.to_owned(),
            version: gate::version().to_owned(),
        };
        let there = self.task("put", &put).await;
        assert!(there.changed && there.gate.there, "{there:?}");
        let rules =
            std::fs::read_to_string(self.server.path("etc/sudoers.d").join(&account)).unwrap();
        let home = self.server.path("var/lib/towerify-gate").join(&account);
        let user = SystemUser::behind_a_key(&account, &home, &rules);
        Gate {
            shared: self,
            account,
            key,
            put,
            _user: user,
        }
    }

    /// A task, by the provider's own conversation.
    async fn task<T: Task>(&self, what: &str, task: &T) -> T::Reply {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let run = format!("run-{what}-{:06}", DONE.fetch_add(1, Ordering::Relaxed));
        let driver = self.server.driver().await;
        let stream = driver
            .start_task(&run, task, &StartOptions::default())
            .await
            .unwrap();
        match stream.finish(|_| {}).await.unwrap() {
            Outcome::Done { result, .. } => T::parse(result).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The line of the log that holds all of these.
    async fn logged(&self, parts: &[&str]) -> String {
        let ends = Instant::now() + Duration::from_secs(10);
        loop {
            let log = self.log();
            if let Some(line) = log
                .iter()
                .find(|line| parts.iter().all(|part| line.contains(part)))
            {
                return line.clone();
            }
            assert!(Instant::now() < ends, "no line with {parts:?} in {log:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// One restricted administrator's gate.
struct Gate<'a> {
    shared: &'a Shared,
    account: String,
    key: ClientKey,
    put: PutGate,
    _user: SystemUser,
}

impl Gate<'_> {
    async fn connection(&self) -> Connection {
        self.try_connection().await.unwrap()
    }

    async fn try_connection(&self) -> std::result::Result<Connection, towerify_ssh::SshError> {
        let text = std::fs::read_to_string(&self.key.private).unwrap();
        let key = PrivateKey::from_text(&text, None).unwrap();
        let sshd = &self.shared.sshd;
        let endpoint = Endpoint::new("127.0.0.1", sshd.port());
        let host_key = sshd.host_key(KeyKind::Ed25519).parse().unwrap();
        let login = Login::new(self.account.clone(), vec![Credential::Key(key)]);
        let pinned = Pinned::new().pin(endpoint.clone(), host_key);
        Connection::open(Dial::new(endpoint, login, Arc::new(pinned))).await
    }

    async fn driver(&self) -> Driver {
        self.try_driver().await.unwrap()
    }

    async fn try_driver(&self) -> Result<Driver> {
        let start = Start {
            privilege: Privilege::Gate,
            ..Start::default()
        };
        connect(&self.connection().await, start).await
    }

    /// OpenSSH's own client with this key: what it said, and how it ended.
    async fn ssh(&self, program: &str, before: &[&str], after: &[&str]) -> Output {
        let port = self.shared.sshd.port().to_string();
        let mut command = Command::new(program);
        command
            .args([
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
            ])
            .args([
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
            ])
            .arg("-i")
            .arg(&self.key.private)
            .args([if program == "ssh" { "-p" } else { "-P" }, &port])
            .args(before)
            .args(after)
            .env("LC_ALL", "C")
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        let ended = tokio::time::timeout(Duration::from_secs(20), command.output());
        ended.await.expect("it ends by itself").unwrap()
    }

    fn host(&self) -> String {
        format!("{}@127.0.0.1", self.account)
    }
}

/// A run to its end, by its words.
async fn run(driver: &Driver, run: &str, words: &Argv) -> Result<Outcome> {
    let stream = driver
        .start_words(run, words, &StartOptions::default())
        .await?;
    stream.finish(|_: &RunEvent| {}).await
}
