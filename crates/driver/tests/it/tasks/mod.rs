//! Tasks of the machine by the true driver and the true program, in a folder that stands for a bare Debian: facts, keys,
//! and what is refused.

mod changing;
mod deployed;
mod installing;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use towerify_driver::{
    Driver, DriverError, Outcome, Privilege, RunEvent, Start, StartOptions, open,
};
use towerify_machine::bans::NeverBan;
use towerify_machine::certificate::RestoreCertificate;
use towerify_machine::keys::{PutKey, RemoveKey, RootLogin};
use towerify_machine::preflight::{AskHost, Preflight, Verdict, Wanted, judge};
use towerify_machine::state::AskState;
use towerify_machine::{PROGRAM, Task, refusal};
use towerify_yunohost::users::ListUsers;

use crate::server::{Server, pipes};

pub use installing::write_installer;

const OURS: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx0c3R0c3R0c3R0c3R0c3R0c3R0c3R0 towerify";
const THEIRS: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 ines@laptop";

/// A machine without YunoHost.
pub async fn bare() -> Server {
    Server::new(&["--without", "yunohost"]).await
}

async fn done<T: Task>(driver: &Driver, key: &str, task: &T) -> T::Reply {
    let (_, outcome) = told(driver, key, task).await;
    match outcome {
        Outcome::Done { result, .. } => T::parse(result).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn refused<T: Task>(driver: &Driver, key: &str, task: &T) -> (String, String) {
    match told(driver, key, task).await.1 {
        Outcome::Refused { refusal, .. } => (refusal.key, refusal.message),
        other => panic!("{other:?}"),
    }
}

async fn told<T: Task>(driver: &Driver, key: &str, task: &T) -> (Vec<String>, Outcome) {
    let mut lines = Vec::new();
    let stream = driver
        .start_task(key, task, &StartOptions::default())
        .await
        .unwrap();
    let outcome = stream
        .finish(|event| {
            if let RunEvent::Log { message, .. } = event {
                lines.push(message.clone());
            }
        })
        .await
        .unwrap();
    (lines, outcome)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_machine_without_yunohost_tells_its_facts() {
    let server = bare().await;
    let driver = server.driver().await;
    let facts = driver
        .read_task(&Preflight {
            hosts: vec![AskHost {
                host: "127.0.0.1".into(),
                port: 9,
                ping: false,
            }],
            users: vec!["camille".into(), "paul".into()],
            update: true,
            peer: None,
        })
        .await
        .unwrap();
    assert_eq!(
        (facts.debian.codename.as_str(), facts.debian.arch.as_str()),
        ("bookworm", "amd64")
    );
    assert_eq!(facts.apt.sources.len(), 3);
    assert_eq!(facts.hosts[0].answers, Some(false));
    assert!(facts.users[0].exists && !facts.users[1].exists);
    assert_eq!(facts.apt.update.ok, Some(true));
    assert_eq!(facts.sshd.permit_root_login, "prohibit-password");
    // What stands for the machine has no init and no memory to tell of: the judge sees it.
    let now = chrono::DateTime::from_timestamp_millis(facts.clock.epoch_ms).unwrap();
    let stops = judge(&facts, &Wanted::default(), now)
        .into_iter()
        .filter(|finding| finding.verdict == Verdict::Stop)
        .count();
    assert_eq!(stops, 3, "init, memory, and the silent host");

    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.yunohost.installed, None);
    assert!(!state.api.exists);
    // Without YunoHost its own actions are refused as ever.
    assert!(matches!(
        driver.read(&ListUsers).await,
        Err(DriverError::NoYunohost)
    ));
}

#[tokio::test]
async fn what_a_machines_programs_complain_of_becomes_facts() {
    let server = bare().await;
    server.write(
        "machine.json",
        &json!({
            "nft": {"status": 1, "errors": "Operation not permitted\n"},
            "apt-mark": {"out": "nginx\nlibc6\n"},
            "dpkg": {"out": "The following packages are only half configured:\n libc6\n"},
            "apt-get": {"status": 100, "errors": "E: unmet dependencies\n"},
            "sshd": {"status": 255, "errors": "no hostkeys available\n"},
        })
        .to_string(),
    );
    server.write("etc/apt/preferences", "Package: *\nPin: release a=sid\n");
    server.write(
        "etc/apt/sources.list.d/x.sources",
        "Types: deb deb-src\nURIs: https://packages.tour.example\nSuites: bookworm sid\nComponents: main\n\nTypes: deb\nEnabled: no\nURIs: https://other.example\nSuites: sid\n",
    );
    server.write("etc/apt/sources.list.d/yunohost.list", "deb x y z\n");
    server.write("var/run/reboot-required", "");
    server.write(
        "proc/net/tcp",
        "  sl  local_address rem_address   st\n   0: 0100007F:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1\n",
    );
    let facts = server
        .driver()
        .await
        .read_task(&Preflight::default())
        .await
        .unwrap();
    assert_eq!(facts.nft.ok, Some(false));
    assert_eq!(facts.nft.text, "Operation not permitted");
    assert_eq!(facts.apt.holds, ["nginx", "libc6"]);
    assert_eq!(facts.apt.audit.ok, Some(false));
    assert_eq!(facts.apt.check.ok, Some(false));
    assert_eq!(facts.apt.pins, ["/etc/apt/preferences"]);
    let added: Vec<&str> = facts.apt.sources[3..]
        .iter()
        .map(|line| line.suite.as_str())
        .collect();
    // The list of an earlier try has a suite too.
    assert_eq!(added, ["y", "bookworm", "sid"]);
    assert_eq!(facts.leftovers, ["/etc/apt/sources.list.d/yunohost.list"]);
    assert!(facts.reboot_needed);
    assert_eq!(facts.sshd.error.as_deref(), Some("no hostkeys available"));
    assert_eq!(
        (facts.listeners[0].port, facts.listeners[0].address.as_str()),
        (25, "127.0.0.1")
    );
}

#[tokio::test]
async fn a_key_is_put_and_taken_by_its_exact_line_and_nothing_else_moves() {
    let server = bare().await;
    let driver = server.driver().await;
    let file = server.path("home/camille/.ssh/authorized_keys");
    let put = |line: &str| PutKey {
        user: "camille".into(),
        line: line.into(),
    };
    let first = done(&driver, "run-put-0001", &put(OURS)).await;
    assert!(first.changed && !first.was_there && !first.file_was_there);
    assert_eq!(text(&file), format!("{OURS}\n"));
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);

    // Theirs, without an end of line, and a mode of their own.
    std::fs::write(&file, format!("# of Inès\n{THEIRS}")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let second = done(&driver, "run-put-0002", &put(OURS)).await;
    assert!(second.changed && second.file_was_there);
    assert_eq!(text(&file), format!("# of Inès\n{THEIRS}\n{OURS}\n"));
    assert_eq!(mode(&file), 0o640);
    let third = done(&driver, "run-put-0003", &put(OURS)).await;
    assert!(third.was_there && !third.changed);
    assert_eq!(third.keys, 2);

    let remove = RemoveKey {
        user: "camille".into(),
        line: OURS.into(),
    };
    assert!(done(&driver, "run-rem-0001", &remove).await.changed);
    assert_eq!(text(&file), format!("# of Inès\n{THEIRS}\n"));
    assert!(!done(&driver, "run-rem-0002", &remove).await.changed);
    let nobody = RemoveKey {
        user: "nobody".into(),
        line: OURS.into(),
    };
    assert!(!done(&driver, "run-rem-0003", &nobody).await.changed);
}

#[tokio::test]
async fn a_link_in_somebodys_home_leads_nowhere() {
    let server = bare().await;
    let driver = server.driver().await;
    let secret = server.path("etc/shadow");
    std::fs::write(&secret, "root:x\n").unwrap();
    let folder = server.path("home/camille/.ssh");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("authorized_keys")).unwrap();
    let put = PutKey {
        user: "camille".into(),
        line: OURS.into(),
    };
    let (key, _) = refused(&driver, "run-link-001", &put).await;
    assert_eq!(key, refusal::COMMAND_FAILED);
    assert_eq!(text(&secret), "root:x\n");

    std::fs::remove_file(folder.join("authorized_keys")).unwrap();
    std::fs::remove_dir(&folder).unwrap();
    std::os::unix::fs::symlink(server.path("etc"), &folder).unwrap();
    let (key, _) = refused(&driver, "run-link-002", &put).await;
    assert_eq!(key, refusal::COMMAND_FAILED);
    assert!(!server.path("etc/authorized_keys").exists());
}

#[tokio::test]
async fn bad_arguments_are_refused_before_anything_is_touched() {
    let server = bare().await;
    let driver = server.driver().await;
    let put = |user: &str, line: &str| PutKey {
        user: user.into(),
        line: line.into(),
    };
    for (number, (task, expected)) in [
        (put("../root", OURS), refusal::BAD_ARGUMENT),
        (
            put("camille", "ssh-ed25519 AAAA\nssh-rsa BBBB"),
            refusal::BAD_ARGUMENT,
        ),
        (
            put("camille", "# only a remark, of some length"),
            refusal::BAD_ARGUMENT,
        ),
        (put("paul", OURS), refusal::USER_UNKNOWN),
    ]
    .into_iter()
    .enumerate()
    {
        let (key, _) = refused(&driver, &format!("run-bad-{number:04}"), &task).await;
        assert_eq!(key, expected, "{task:?}");
    }
    let bans = NeverBan {
        addresses: vec!["192.0.2.1; rm".into()],
    };
    assert_eq!(
        refused(&driver, "run-bad-1001", &bans).await.0,
        refusal::BAD_ARGUMENT
    );
    let outside = RestoreCertificate {
        domain: "tour.example".into(),
        target: "/etc/yunohost/certs/../../shadow".into(),
        remove: None,
    };
    assert_eq!(
        refused(&driver, "run-bad-1002", &outside).await.0,
        refusal::BAD_ARGUMENT
    );
    assert!(!server.path("home/camille/.ssh").exists());
}

#[tokio::test]
async fn roots_key_goes_and_what_sshd_says_is_told() {
    let server = bare().await;
    let driver = server.driver().await;
    server.write("root/.hushlogin", "");
    std::fs::create_dir(server.path("root/.ssh")).unwrap();
    server.write("root/.ssh/authorized_keys", &format!("{THEIRS}\n{OURS}\n"));
    let login = |on: bool| RootLogin {
        on,
        line: OURS.into(),
        peer: Some("192.0.2.20".into()),
    };
    let off = done(&driver, "run-root-001", &login(false)).await;
    assert!(off.was_there && off.changed && off.possible);
    assert_eq!(off.other_keys, 1);
    assert_eq!(
        text(&server.path("root/.ssh/authorized_keys")),
        format!("{THEIRS}\n")
    );
    assert!(
        text(&server.path("var/lib/standin/calls.txt"))
            .contains("sshd -T -C user=root,host=192.0.2.20,addr=192.0.2.20")
    );
    server.write(
        "machine.json",
        r#"{"sshd": {"out": "port 22\npermitrootlogin no\npubkeyauthentication yes\n"}}"#,
    );
    assert!(!done(&driver, "run-root-002", &login(false)).await.possible);
    assert!(done(&driver, "run-root-003", &login(true)).await.changed);
}

#[tokio::test]
async fn a_request_that_is_no_task_is_refused_and_the_driver_lives_on() {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
    let server = bare().await;
    let mut shell = server.shell(Privilege::Root);
    let mut child = shell
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let program = towerify_driver::PROGRAM;
    stdin
        .write_all(format!("{}\n{program}", program.len()).as_bytes())
        .await
        .unwrap();
    // What comes before it is ready would be read as part of the program.
    while !lines.next_line().await.unwrap().unwrap().starts_with('{') {}
    let mut results = Vec::new();
    let tasks = [
        json!("state"),
        json!({"name": "state"}),
        json!({"name": "../x", "program": PROGRAM}),
        json!({"name": "state", "program": PROGRAM, "arguments": []}),
        json!({"name": "put_key", "program": PROGRAM}),
        json!({"name": "fly", "program": PROGRAM}),
        json!({"name": "state", "program": "raise SystemExit(3)"}),
        json!({"name": "state", "program": "not python"}),
        json!({"name": "state", "program": "READS = dict(state=lambda a, t: {}[a['secret']])\nWRITES = {}", "arguments": {"secret": "Violet-Tractor-88"}}),
        json!({"name": "state", "program": PROGRAM, "arguments": {}}),
    ];
    for (id, task) in tasks.iter().enumerate() {
        let request = json!({"id": id, "op": "read", "task": task});
        stdin
            .write_all(format!("{request}\n").as_bytes())
            .await
            .unwrap();
        loop {
            let line: Value = match lines.next_line().await.unwrap() {
                Some(line) if line.starts_with('{') => serde_json::from_str(&line).unwrap(),
                Some(_) => continue,
                None => panic!("the driver died at {task}"),
            };
            if line["event"] == "result" {
                assert!(!line.to_string().contains("Violet"), "{line}");
                results.push(line["key"].as_str().unwrap_or("fine").to_owned());
                break;
            }
        }
    }
    assert_eq!(
        results,
        [
            "bad_request",
            "bad_request",
            "bad_request",
            "bad_request",
            "not_a_read",
            "task_unknown",
            "internal",
            "internal",
            "internal",
            "fine"
        ]
    );
    drop(stdin);
    child.wait().await.unwrap();
    // The typed way refuses a write as a read before anything is sent.
    let driver = open(pipes(server.shell(Privilege::Root)), Start::default())
        .await
        .unwrap();
    let put = PutKey {
        user: "camille".into(),
        line: OURS.into(),
    };
    assert!(matches!(
        driver.read_task(&put).await,
        Err(DriverError::NotARead)
    ));
}
