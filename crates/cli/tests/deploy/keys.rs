//! A deploy key, and a pipeline that has nothing but it and its environment.

use crate::standin::App;
use crate::world::{World, greeting};
use std::fs;
use std::process::{Command, Output};
use towerify_test_sshd::{KeyKind, Protection};

/// Deploys the node and the python example, and lets a key deploy the first; the key's file.
fn granted() -> (World, App, App, std::path::PathBuf) {
    let world = World::new();
    let (app, other) = (App::example("node"), App::example("python"));
    world.deployed(&app);
    world.deployed(&other);
    let admins = fs::read_to_string(world.sshd.folder().join("authorized_keys")).unwrap();
    let key = world
        .sshd
        .client_key("ci", KeyKind::Ed25519, Protection::Open);
    let public = key.private.with_extension("pub");
    let ended = world.json(app.path(), &["access", "grant", public.to_str().unwrap()]);
    assert_eq!(ended.json()["account"], "td_hello_node_dev", "{ended:?}");
    let line = world
        .standin
        .read("var/lib/towerify/keys/hello_node_dev/authorized_keys");
    fs::write(world.sshd.folder().join("authorized_keys"), admins + &line).unwrap();
    (world, app, other, key.private)
}

/// The command in a pipeline: no profile, only variables.
fn in_pipeline(world: &World, app: &App, key: &std::path::Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_towerify"))
        .args(["--json"])
        .args(words)
        .current_dir(app.path())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("TOWERIFY_HOME", world.home("of-the-pipeline"))
        .env("TOWERIFY_SERVER", "127.0.0.1")
        .env("TOWERIFY_PORT", world.sshd.port().to_string())
        .env("TOWERIFY_USER", world.sshd.user())
        .env("TOWERIFY_KEY_FILE", key)
        .env("TOWERIFY_HOST_KEY", world.sshd.host_key(KeyKind::Ed25519))
        .env("TOWERIFY_BY", "pipeline 7")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_pipeline_deploys_its_app_with_its_key_and_nothing_else() {
    let (world, app, other, key) = granted();
    greeting(&app, "the pipeline");
    let output = in_pipeline(&world, &app, &key, &["deploy", "--yes"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(
        world.standin.get("/hello/").1,
        "Hello from the pipeline, dear reader\n"
    );
    assert!(
        said(&in_pipeline(&world, &app, &key, &["releases"])).contains("\"by\":\"pipeline 7\"")
    );
    assert!(
        in_pipeline(&world, &app, &key, &["rollback"])
            .status
            .success()
    );
    other.write("more.txt", "by the key");
    let output = in_pipeline(&world, &other, &key, &["deploy", "--yes"]);
    assert!(
        !output.status.success() && said(&output).contains("id_taken"),
        "{}",
        said(&output)
    );
    for (words, code) in [
        (&["run", "id"][..], "verb"),
        (&["access", "list"], "verb"),
        (&["delete", "--env", "dev", "--yes"], "needs_administrator"),
        (&["deploy", "--yes", "--env", "prod"], "id_taken"),
    ] {
        let output = in_pipeline(&world, &app, &key, words);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{words:?}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(&format!("\"code\":\"{code}\"")),
            "{words:?}: {}",
            said(&output)
        );
    }
}

#[test]
fn without_the_host_key_a_pipeline_sends_nothing() {
    let (world, app, _, key) = granted();
    let mut command = Command::new(env!("CARGO_BIN_EXE_towerify"));
    command
        .args(["--json", "deploy"])
        .current_dir(app.path())
        .env_clear()
        .env("TOWERIFY_HOME", world.home("of-the-pipeline"))
        .env("TOWERIFY_SERVER", "127.0.0.1")
        .env("TOWERIFY_USER", "td_hello_node_dev")
        .env("TOWERIFY_KEY_FILE", &key);
    let output = command.output().unwrap();
    assert!(
        said(&output).contains("The variable TOWERIFY_HOST_KEY is missing"),
        "{}",
        said(&output)
    );
}

/// With OpenSSH's own client, which asks for more than ours can.
#[test]
fn a_deploy_key_opens_no_shell_forwards_no_port_and_copies_no_file() {
    let (world, app, _, key) = granted();
    assert!(
        world
            .towerify(app.path(), &["secrets", "set", "TOKEN=t0p"])
            .status
            == 0
    );
    let known = world.home("known_hosts");
    let port = world.sshd.port();
    fs::write(
        &known,
        format!(
            "[127.0.0.1]:{port} {}\n",
            world.sshd.host_key(KeyKind::Ed25519)
        ),
    )
    .unwrap();
    let options = |command: &mut Command| {
        command
            .args([
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
                "-F",
                "none",
            ])
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", known.display()))
            .arg("-i")
            .arg(&key);
    };
    let me = format!("{}@127.0.0.1", world.sshd.user());
    let ssh = |words: &[&str]| {
        let mut command = Command::new("ssh");
        options(&mut command);
        let output = command
            .args(["-p", &port.to_string(), &me])
            .args(words)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        said(&output)
    };
    for words in [&["id"][..], &["cat", "/etc/passwd"], &[]] {
        let said = ssh(words);
        assert!(
            !said.contains("uid=") && !said.contains("root:"),
            "{words:?}: {said}"
        );
    }
    let secrets = world
        .standin
        .path("etc/yunohost/apps/hello_python_dev/secrets.env");
    let mut scp = Command::new("scp");
    options(&mut scp);
    let copied = world.home("copied");
    let from = format!(
        "{me}:{}",
        world
            .standin
            .path("etc/yunohost/apps/hello_node_dev/secrets.env")
            .display()
    );
    let output = scp
        .args(["-P", &port.to_string(), &from])
        .arg(&copied)
        .output()
        .unwrap();
    assert!(
        !output.status.success() && !copied.exists(),
        "{}",
        said(&output)
    );
    assert!(!secrets.exists());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().port();
    let said = ssh(&["-W", &format!("127.0.0.1:{target}")]);
    assert!(!said.contains("t0p"), "{said}");
    let mut forward = Command::new("ssh");
    options(&mut forward);
    let output = forward
        .args([
            "-p",
            &port.to_string(),
            "-W",
            &format!("127.0.0.1:{target}"),
            &me,
        ])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success(), "a port was forwarded");
}

#[test]
fn a_private_key_given_for_a_public_one_is_not_sent() {
    let (world, app, _, key) = granted();
    let ended = world.towerify(app.path(), &["access", "grant", key.to_str().unwrap()]);
    assert_eq!(ended.status, 2);
    assert!(ended.err.contains("is a private key"), "{ended:?}");
}
