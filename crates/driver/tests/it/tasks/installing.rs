//! YunoHost comes onto a bare machine: the installer, its failures, apt's lock.

use towerify_driver::{DriverError, Outcome, StartOptions};
use towerify_machine::install::{Distribution, InstallYunohost, Installed, Prepare, Source};
use towerify_machine::preflight::Preflight;
use towerify_machine::state::AskState;
use towerify_machine::{Task, refusal};
use towerify_yunohost::tools::PostInstall;
use towerify_yunohost::users::ListUsers;

use super::{bare, done, refused, text, told};
use crate::server::{STANDIN, Server, python};

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
