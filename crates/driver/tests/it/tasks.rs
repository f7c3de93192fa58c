//! Tasks of the machine by the true driver and the true program, in a folder that stands for a bare Debian.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use towerify_driver::{
    Driver, DriverError, Outcome, Privilege, RunEvent, Start, StartOptions, open,
};
use towerify_machine::bans::{AllowAgain, NeverBan};
use towerify_machine::certificate::{OwnCertificate, RestoreCertificate};
use towerify_machine::install::{Distribution, InstallYunohost, Installed, Prepare, Source};
use towerify_machine::keys::{PutKey, RemoveKey, RootLogin};
use towerify_machine::preflight::{AskHost, Preflight, Verdict, Wanted, judge};
use towerify_machine::services::{Api, UnattendedUpgrades};
use towerify_machine::state::AskState;
use towerify_machine::traces::RemoveTraces;
use towerify_machine::{PROGRAM, Task, refusal};
use towerify_yunohost::tools::PostInstall;
use towerify_yunohost::users::ListUsers;

use crate::server::{STANDIN, Server, pipes, python};

const OURS: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx0c3R0c3R0c3R0c3R0c3R0c3R0c3R0 towerify";
const THEIRS: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 ines@laptop";

/// A machine without YunoHost.
pub async fn bare() -> Server {
    Server::new(&["--without", "yunohost"]).await
}

/// An installer that works as the official one does: it fails once where `fail-once` lies, leaving an empty key and a
/// list that apt refuses, and then for as long as those are there. It notes each success in `installed-times`.
pub fn write_installer(server: &Server, lines: u32, pause: &str) -> Source {
    let script = format!(
        r#"#!/bin/bash
root=$(cd "$PWD/../.." && pwd)
log="$root/var/log/yunohost-installation_$$.log"
exec > >(tee "$log") 2>&1
echo -e "\e[34m[INFO]\e[0m Installing YunoHost with $*"
list="$root/etc/apt/sources.list.d/yunohost.list" key="$root/usr/share/keyrings/yunohost-bookworm.gpg"
mkdir -p "${{list%/*}}" "${{key%/*}}"
if [ -e "$key" ] && [ ! -s "$key" ]; then echo "E: The repository is not signed."; exit 1; fi
echo "deb http://forge.yunohost.org/debian/ bookworm stable" > "$list"
echo "0 upgraded, {lines} newly installed, 0 to remove"
for i in $(seq {lines}); do
    echo "Unpacking package-$i (1.0) ..."; echo "line $i of the installer"; sleep {pause}
    if [ $i = 3 ] && [ -e "$root/fail-once" ]; then
        rm "$root/fail-once"; : > "$key"; echo "Failed to download the key"; exit 1
    fi
done
for i in $(seq {lines}); do echo "Setting up package-$i (1.0) ..."; done
echo key > "$key"
{python} -I {STANDIN}/make.py "$root" --without postinstall || exit 1
echo once >> "$root/installed-times"
echo "[ OK ] YunoHost installation completed!"
"#,
        python = python()
    );
    server.write("root/installer", &script);
    Source::Path("/root/installer".into())
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
async fn yunohost_is_installed_and_a_fresh_driver_does_the_post_installation() {
    let server = bare().await;
    let source = write_installer(&server, 40, "0.005");
    let driver = server.driver_that_reopens().await;
    let task = InstallYunohost::from(source);
    let (lines, outcome) = told(&driver, "run-install-1", &task).await;
    let Outcome::Done { result, .. } = outcome else {
        panic!("{outcome:?}")
    };
    let installed: Installed = InstallYunohost::parse(result).unwrap();
    assert_eq!(installed.version.as_deref(), Some("12.1.25"));
    assert_eq!(installed.source, "/root/installer");
    assert!(
        installed
            .log
            .unwrap()
            .starts_with("/var/log/yunohost-installation_")
    );
    assert!(lines[0].contains(&installed.sha256), "{lines:?}");
    assert!(lines.contains(&"[INFO] Installing YunoHost with -a -d stable".to_owned()));
    assert!(lines.contains(&"line 40 of the installer".to_owned()));
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("[####################] > YunoHost 12.1.25"))
    );
    assert!(
        !lines.iter().any(|line| line.starts_with("Unpacking")),
        "{lines:?}"
    );

    // The driver began without YunoHost, notices it, and is started again by whoever asks next.
    let password = "Violet-Tractor-88";
    let postinstall = PostInstall {
        domain: "tour.example".parse().unwrap(),
        username: "camille".parse().unwrap(),
        fullname: "Camille Morvan".parse().unwrap(),
        password: password.into(),
        ignore_dyndns: true,
        force_diskspace: false,
        accept_terms: false,
    };
    let mut tries = 0;
    let outcome = loop {
        tries += 1;
        let stream = driver
            .start("run-post-0001", &postinstall, &StartOptions::default())
            .await;
        match stream {
            Ok(stream) => match stream.finish(|_| {}).await {
                Ok(outcome) => break outcome,
                Err(DriverError::Bye(_)) if tries < 3 => {}
                Err(error) => panic!("{error:?}"),
            },
            Err(DriverError::Bye(_)) if tries < 3 => {}
            Err(error) => panic!("{error:?}"),
        }
    };
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert!(driver.ask_facts().await.unwrap().postinstalled);
    assert_eq!(driver.read(&ListUsers).await.unwrap().users.len(), 1);
    // A second time is left alone.
    let again = done(&driver, "run-install-2", &task).await;
    assert!(again.already);
    assert_eq!(text(&server.path("installed-times")), "once\n");
    for entry in ["events.ndjson", "run.json", "outcome.json"] {
        let kept = text(&server.path(&format!("var/lib/towerify/runs/run-post-0001/{entry}")));
        assert!(!kept.contains(password));
    }
}

#[tokio::test]
async fn an_installation_that_failed_half_way_succeeds_when_it_is_tried_again() {
    let server = bare().await;
    let source = write_installer(&server, 6, "0.001");
    server.write("fail-once", "");
    let driver = server.driver().await;
    let task = InstallYunohost::from(source);
    let (key, message) = refused(&driver, "run-half-0001", &task).await;
    assert_eq!(key, refusal::INSTALLER_FAILED);
    assert!(message.contains("Failed to download the key"), "{message}");
    assert!(
        message.contains("/var/log/yunohost-installation_"),
        "{message}"
    );
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.leftovers.len(), 2, "{:?}", state.leftovers);
    let installed = done(&driver, "run-half-0002", &task).await;
    assert_eq!(installed.removed, state.leftovers);
    assert_eq!(text(&server.path("installed-times")), "once\n");
}

#[tokio::test]
async fn a_script_that_is_not_the_expected_one_is_not_run() {
    let server = bare().await;
    let source = write_installer(&server, 3, "0");
    let driver = server.driver().await;
    let mut task = InstallYunohost::from(source);
    task.sha256 = Some("0".repeat(64));
    assert_eq!(
        refused(&driver, "run-hash-0001", &task).await.0,
        refusal::SCRIPT_CHANGED
    );
    task.sha256 = None;
    for (number, (source, expected)) in [
        (
            Source::Text("<html>log in here</html>".into()),
            refusal::FETCH_FAILED,
        ),
        (Source::Path("/root/none".into()), refusal::FETCH_FAILED),
        (Source::Path("/root/../x".into()), refusal::BAD_ARGUMENT),
        (
            Source::Address("ftp://x.example".into()),
            refusal::BAD_ARGUMENT,
        ),
        (
            Source::Address("http://127.0.0.1:9".into()),
            refusal::FETCH_FAILED,
        ),
        (
            Source::Text("#!/bin/bash\nexit 0\n".into()),
            refusal::NOT_INSTALLED,
        ),
        (
            Source::Text("#!/bin/bash\nexit 1\n".into()),
            refusal::INSTALLER_FAILED,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let task = InstallYunohost {
            source,
            distribution: Distribution::Testing,
            ..task.clone()
        };
        let (key, message) = refused(&driver, &format!("run-src-{number:04}"), &task).await;
        assert_eq!(key, expected, "{message}");
    }
    assert!(!server.path("installed-times").exists());
    // One that hangs is ended, with all that it started.
    let hangs = InstallYunohost {
        limit: 1,
        ..InstallYunohost::from(Source::Text(
            "#!/bin/bash\necho begun\nsleep 60 & wait\n".into(),
        ))
    };
    let (key, message) = refused(&driver, "run-hang-0001", &hangs).await;
    assert_eq!(key, refusal::INSTALLER_FAILED);
    assert!(message.contains("took longer than 1 s"), "{message}");
}

#[tokio::test]
async fn the_script_is_fetched_by_the_machine_itself() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = bare().await;
    write_installer(&server, 3, "0");
    let script = text(&server.path("root/installer"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let web = tokio::spawn(async move {
        let mut asked = Vec::new();
        loop {
            let (mut line, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = line.read(&mut request).await.unwrap();
            asked.push(
                String::from_utf8_lossy(&request[..length])
                    .lines()
                    .next()
                    .unwrap()
                    .to_owned(),
            );
            // The first answer is one of an overloaded server.
            let answer = if asked.len() == 1 {
                "HTTP/1.0 503 Busy\r\n\r\n".to_owned()
            } else {
                format!(
                    "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{script}",
                    script.len()
                )
            };
            line.write_all(answer.as_bytes()).await.unwrap();
            if asked.len() == 2 {
                return asked;
            }
        }
    });
    let driver = server.driver().await;
    let task = InstallYunohost::from(Source::Address(format!("{address}/")));
    let installed = done(&driver, "run-fetch-001", &task).await;
    assert_eq!(installed.source, format!("{address}/bookworm"));
    assert_eq!(
        web.await.unwrap(),
        ["GET /bookworm HTTP/1.1", "GET /bookworm HTTP/1.1"]
    );
}

#[tokio::test]
async fn apts_lock_is_waited_for_and_not_for_ever() {
    let server = bare().await;
    let driver = server.driver().await;
    let lock = server.path("var/lib/dpkg/lock-frontend");
    let holder = format!(
        "import fcntl,sys,time\nf=open({lock:?},'w')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint('held',flush=True)\ntime.sleep(float(sys.argv[1]))",
        lock = lock.display().to_string()
    );
    let hold = async |seconds: &str| {
        use tokio::io::AsyncBufReadExt;
        let mut child = tokio::process::Command::new(python())
            .args(["-c", &holder, seconds])
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("held"));
        child
    };
    let _first = hold("1.5").await;
    let prepared = done(&driver, "run-prep-0001", &Prepare::default()).await;
    assert!(prepared.waited_ms >= 500, "{prepared:?}");
    assert!(
        prepared.waited_for[0].starts_with("apt (pid "),
        "{prepared:?}"
    );
    let _second = hold("60").await;
    let facts = driver.read_task(&Preflight::default()).await.unwrap();
    assert!(facts.apt.lock.unwrap().program.starts_with("python3"));
    let (key, message) = refused(&driver, "run-prep-0002", &Prepare { wait: 1 }).await;
    assert_eq!(key, refusal::APT_BUSY);
    assert!(message.contains("apt (pid "), "{message}");
    assert!(refusal::PASSING.contains(&key.as_str()));
}

#[tokio::test]
async fn addresses_are_never_banned_until_they_are_again() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let jail = server.path("etc/fail2ban/jail.d/towerify.local");
    let bans = |addresses: &[&str]| NeverBan {
        addresses: addresses.iter().map(ToString::to_string).collect(),
    };
    let first = done(
        &driver,
        "run-ban-0001",
        &bans(&["192.0.2.7", "2001:db8::/32"]),
    )
    .await;
    assert_eq!(
        (first.before.clone(), first.changed, first.reloaded),
        (None, true, true)
    );
    assert!(text(&jail).contains("ignoreip = 127.0.0.1/8 ::1 192.0.2.7 2001:db8::/32\n"));
    assert!(
        !done(
            &driver,
            "run-ban-0002",
            &bans(&["192.0.2.7", "2001:db8::/32"])
        )
        .await
        .changed
    );
    let second = done(&driver, "run-ban-0003", &bans(&["192.0.2.8"])).await;
    assert_eq!(second.before.unwrap(), ["192.0.2.7", "2001:db8::/32"]);
    let reloads = text(&server.path("var/lib/standin/calls.txt"));
    assert_eq!(reloads.matches("systemctl reload fail2ban").count(), 2);

    // What fail2ban does not take is taken back.
    server.write("machine.json", r#"{"refuses": ["fail2ban"]}"#);
    let (key, _) = refused(&driver, "run-ban-0004", &bans(&["192.0.2.9"])).await;
    assert_eq!(key, refusal::SERVICE_FAILED);
    assert!(text(&jail).contains("192.0.2.8"));
    server.write("machine.json", "{}");
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.never_banned.unwrap(), ["192.0.2.8"]);
    assert!(
        state
            .traces
            .contains(&"/etc/fail2ban/jail.d/towerify.local".to_owned())
    );
    let back = done(
        &driver,
        "run-ban-0005",
        &AllowAgain {
            former: first.before,
        },
    )
    .await;
    assert_eq!(back.after, None);
    assert!(!jail.exists());
}

#[tokio::test]
async fn the_api_and_unattended_upgrades_are_switches() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let off = done(&driver, "run-api-0001", &Api { on: false }).await;
    assert!(off.before.enabled && off.before.active && off.changed);
    assert!(!off.after.enabled && !off.after.active);
    assert!(
        !done(&driver, "run-api-0002", &Api { on: false })
            .await
            .changed
    );
    assert!(
        done(&driver, "run-api-0003", &Api { on: true })
            .await
            .after
            .active
    );

    let none = done(&driver, "run-unat-0001", &UnattendedUpgrades { on: true }).await;
    assert!(!none.package && !none.after && !none.changed);
    let status = server.path("var/lib/dpkg/status");
    let with = format!(
        "{}Package: unattended-upgrades\nStatus: install ok installed\nVersion: 2.9\n\n",
        text(&status)
    );
    std::fs::write(&status, with).unwrap();
    std::fs::create_dir_all(server.path("etc/apt/apt.conf.d")).unwrap();
    server.write(
        "etc/apt/apt.conf.d/20auto-upgrades",
        "APT::Periodic::Unattended-Upgrade \"1\";\n",
    );
    let ours = server.path("etc/apt/apt.conf.d/99towerify-unattended");
    let off = done(&driver, "run-unat-0002", &UnattendedUpgrades { on: false }).await;
    assert!(off.before && !off.after && ours.exists());
    let on = done(&driver, "run-unat-0003", &UnattendedUpgrades { on: true }).await;
    // The machine's own setting says so already: our file is not needed.
    assert!(on.after && !ours.exists());
}

/// A certificate for a name with its key, from the openssl of this machine.
fn certificate(folder: &Path, name: &str) -> (String, String) {
    let (crt, key) = (folder.join("made.crt"), folder.join("made.key"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            &format!("/CN={name}"),
            "-addext",
            &format!("subjectAltName=DNS:{name}"),
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&crt)
        .output()
        .expect("openssl is needed");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    (text(&crt), text(&key))
}

#[tokio::test]
async fn the_customers_own_certificate_comes_and_goes() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let made = tempfile::tempdir().unwrap();
    let (chain, key) = certificate(made.path(), "tour.example");
    let (_, other) = certificate(made.path(), "tour.example");
    let own = |domain: &str, key: &str| OwnCertificate {
        domain: domain.into(),
        chain: chain.clone(),
        key: key.into(),
    };
    let link = server.path("etc/yunohost/certs/tour.example");
    let former = std::fs::read_link(&link).unwrap();
    assert_eq!(
        refused(&driver, "run-cert-001", &own("x.example", &key))
            .await
            .0,
        refusal::DOMAIN_UNKNOWN
    );
    let (reason, message) = refused(&driver, "run-cert-002", &own("tour.example", &other)).await;
    assert_eq!(reason, refusal::CERTIFICATE_MISMATCH);
    assert!(!message.contains("PRIVATE"));
    assert_eq!(
        refused(&driver, "run-cert-003", &own("tour.example", "no key"))
            .await
            .0,
        refusal::CERTIFICATE_MISMATCH
    );
    // nginx refuses it: the former one is back, and the key is not left lying.
    server.write("machine.json", r#"{"nginx": {"status": 1}}"#);
    assert_eq!(
        refused(&driver, "run-cert-004", &own("tour.example", &key))
            .await
            .0,
        refusal::CERTIFICATE_REFUSED
    );
    assert_eq!(std::fs::read_link(&link).unwrap(), former);
    server.write("machine.json", "{}");

    let change = done(&driver, "run-cert-005", &own("tour.example", &key)).await;
    let folder = change.folder.clone().unwrap();
    assert!(
        folder.starts_with("/etc/yunohost/certs/tour.example-history/")
            && folder.ends_with("-custom"),
        "{folder}"
    );
    assert_eq!(text(&link.join("key.pem")), key);
    assert_eq!(mode(&link.join("key.pem")), 0o640);
    assert_eq!(mode(&server.path(&folder[1..])), 0o750);
    assert!(change.reloaded.contains(&"nginx".to_owned()));
    let ask = AskState {
        domains: vec!["tour.example".into()],
        ..AskState::default()
    };
    let state = driver.read_task(&ask).await.unwrap();
    assert_eq!(
        state.certificates[0].target.as_deref(),
        Some(folder.as_str())
    );
    assert_eq!(
        state.certificates[0].sha256.as_ref().map(String::len),
        Some(64)
    );
    let again = done(&driver, "run-cert-006", &own("tour.example", &key)).await;
    assert!(!again.changed);
    let history =
        std::fs::read_dir(server.path("etc/yunohost/certs/tour.example-history")).unwrap();
    assert_eq!(history.count(), 2);

    let back = RestoreCertificate {
        domain: "tour.example".into(),
        target: change.before.clone().unwrap(),
        remove: Some(folder.clone()),
    };
    assert!(done(&driver, "run-cert-007", &back).await.changed);
    assert_eq!(std::fs::read_link(&link).unwrap(), former);
    assert!(!server.path(&folder[1..]).exists());
    assert!(!done(&driver, "run-cert-008", &back).await.changed);
    // The key is nowhere in what is kept of the runs.
    let secret = key.lines().nth(1).unwrap();
    for entry in std::fs::read_dir(server.path("var/lib/towerify/runs")).unwrap() {
        for file in std::fs::read_dir(entry.unwrap().path()).unwrap() {
            assert!(!text(&file.unwrap().path()).contains(secret));
        }
    }
    // Nothing is left that holds YunoHost's lock.
    assert!(driver.lock().await.unwrap().is_none());
}

#[tokio::test]
async fn a_task_that_changes_what_yunohost_changes_waits_for_its_lock() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    server.write(
        "var/run/moulinette_yunohost.lock",
        &std::process::id().to_string(),
    );
    let back = RestoreCertificate {
        domain: "tour.example".into(),
        target: "/etc/yunohost/certs/tour.example-history/20261101.101500-selfsigned".into(),
        remove: None,
    };
    let stream = driver
        .start_task(
            "run-lock-0001",
            &back,
            &StartOptions {
                lock_wait: std::time::Duration::from_millis(400),
                ..StartOptions::default()
            },
        )
        .await
        .unwrap();
    let mut waited = false;
    let outcome = stream
        .finish(|event| waited |= matches!(event, RunEvent::Waiting { .. }))
        .await
        .unwrap();
    assert!(waited);
    assert!(
        matches!(&outcome, Outcome::Refused { refusal, .. } if refusal.key == "instance_already_running"),
        "{outcome:?}"
    );
    // One that does not is not kept waiting.
    assert!(
        done(&driver, "run-lock-0002", &Api { on: false })
            .await
            .changed
    );
}

#[tokio::test]
async fn what_we_put_there_is_taken_away_to_the_last_folder() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    for folder in ["usr/local/lib/towerify", "etc/towerify"] {
        std::fs::create_dir_all(server.path(folder)).unwrap();
        server.write(&format!("{folder}/x"), "");
    }
    let bans = NeverBan {
        addresses: vec!["192.0.2.7".into()],
    };
    done(&driver, "run-trace-001", &bans).await;
    let removed = done(&driver, "run-trace-002", &RemoveTraces {}).await;
    assert_eq!(
        removed.removed,
        [
            "/etc/fail2ban/jail.d/towerify.local",
            "/usr/local/lib/towerify",
            "/etc/towerify",
            "/var/lib/towerify/runs/run-trace-001"
        ]
    );
    assert_eq!(removed.left, [""; 0]);
    driver.forget("run-trace-002").await.unwrap();
    assert!(!server.path("var/lib/towerify").exists());
    let state = driver.read_task(&AskState::default()).await.unwrap();
    assert_eq!(state.traces, [""; 0]);
}

#[tokio::test]
async fn the_same_key_twice_at_once_is_one_effect() {
    let server = bare().await;
    let source = write_installer(&server, 20, "0.01");
    let (one, two) = (server.driver().await, server.driver().await);
    let task = InstallYunohost::from(source);
    let (first, second) = tokio::join!(
        told(&one, "run-once-0001", &task),
        told(&two, "run-once-0001", &task)
    );
    assert_eq!(first, second);
    assert!(matches!(first.1, Outcome::Done { .. }), "{:?}", first.1);
    assert_eq!(text(&server.path("installed-times")), "once\n");
    let runs = server.driver().await.runs().await.unwrap();
    assert_eq!(runs["run-once-0001"].argv, ["machine", "install_yunohost"]);
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
