//! Everything else that an SSH key can open, with OpenSSH's own clients: none of it opens.

use towerify_driver::DriverError;
use towerify_yunohost::users::ListUsers;

use super::*;

/// Whether anything of a shell's came back.
fn nothing_ran(what: &str, output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("uid="), "{what}: {said}");
    assert!(!output.status.success(), "{what} succeeded: {said}");
}

#[tokio::test]
async fn no_command_but_the_gates_runs() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let host = gate.host();
    #[rustfmt::skip]
    let commands = [
        "id", "sh", "/bin/sh -c id", "sudo -n id", "towerify-gate 1; id", "towerify-gate 1\nid", "towerify-gate 1 && id", "id; towerify-gate 1",
        "towerify-gate 1 ", " towerify-gate 1", "towerify-gate 1 --root", "towerify-gate 2", "towerify-gate", "TOWERIFY-GATE 1", "$(id)", "`id`",
        "python3 -c 'import os; os.system(\"id\")'", "cat /etc/towerify/gate/x.json", "internal-sftp", "/usr/lib/openssh/sftp-server",
        "scp -t /tmp", "rsync --server -logDtpr . /tmp", "git-upload-pack x", "towerify-gate 1\0id", "ｔowerify-gate 1",
    ];
    for command in commands {
        if command.contains('\0') {
            continue; // no command line of this system's can hold it; over the wire sshd cuts there
        }
        let output = gate.ssh("ssh", &[], &[&host, command]).await;
        nothing_ran(command, &output);
        assert_eq!(output.status.code(), Some(77), "{command}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&said["ok"], &said["key"]),
            (&json!(false), &json!("gate_refused")),
            "{command}"
        );
    }
    shared
        .logged(&["REFUSED command='towerify-gate 1; id'", &gate.account])
        .await;
    shared
        .logged(&["REFUSED command='towerify-gate 1\\nid'"])
        .await;
    // Over the protocol, with the byte that no command line can hold.
    let connection = gate.connection().await;
    let mut said = String::new();
    let mut exec = connection.exec("towerify-gate 1; id\0").await.unwrap();
    tokio::io::AsyncReadExt::read_to_string(&mut exec.stdout, &mut said)
        .await
        .unwrap();
    assert!(!said.contains("uid="), "{said}");

    // No command at all is a shell.
    let output = gate.ssh("ssh", &["-T"], &[&host]).await;
    nothing_ran("a shell", &output);
    shared.logged(&["REFUSED command=a shell"]).await;
}

#[tokio::test]
async fn no_terminal_no_forward_no_agent_no_display_and_no_tunnel() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let host = gate.host();
    let port = shared.sshd.port().to_string();
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let output = gate.ssh("ssh", &["-tt"], &[&host]).await;
    nothing_ran("a terminal", &output);
    assert!(
        said(&output).contains("PTY allocation request failed"),
        "{}",
        said(&output)
    );

    let output = gate
        .ssh("ssh", &["-W", &format!("127.0.0.1:{port}")], &[&host])
        .await;
    nothing_ran("a forward from here", &output);
    assert!(
        said(&output).contains("administratively prohibited"),
        "{}",
        said(&output)
    );

    let output = gate
        .ssh(
            "ssh",
            &[
                "-N",
                "-o",
                "ExitOnForwardFailure=yes",
                "-R",
                "0:127.0.0.1:9",
            ],
            &[&host],
        )
        .await;
    nothing_ran("a forward from there", &output);
    assert!(
        said(&output).contains("remote port forwarding failed"),
        "{}",
        said(&output)
    );

    let output = gate
        .ssh(
            "ssh",
            &[
                "-N",
                "-o",
                "ExitOnForwardFailure=yes",
                "-R",
                "/tmp/towerify-gate-x:127.0.0.1:9",
            ],
            &[&host],
        )
        .await;
    nothing_ran("a forwarded socket", &output);

    let output = gate
        .ssh(
            "ssh",
            &[
                "-N",
                "-o",
                "Tunnel=point-to-point",
                "-o",
                "ExitOnForwardFailure=yes",
                "-w",
                "any:any",
            ],
            &[&host],
        )
        .await;
    nothing_ran("a tunnel", &output);

    // What the client may ask for and is not told about: nothing of it reaches the command.
    let agent = towerify_test_sshd::Agent::start();
    let socket = format!("ForwardAgent={}", agent.socket().display());
    let output = gate
        .ssh(
            "ssh",
            &[
                "-o",
                &socket,
                "-o",
                "ForwardX11=yes",
                "-o",
                "ForwardX11Trusted=yes",
            ],
            &[&host, "id"],
        )
        .await;
    nothing_ran("agent and display", &output);
    let log = shared.sshd.log();
    for never in [
        "auth_input_request_forwarding: ",
        "x11_create_display_inet",
        "Allocated listen port",
    ] {
        assert!(!log.contains(never), "{never} in sshd's log");
    }
}

#[tokio::test]
async fn no_file_goes_in_or_out() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let host = gate.host();
    let file = shared.sshd.folder().join("a-file");
    std::fs::write(&file, "x").unwrap();
    let (file, to) = (
        file.display().to_string(),
        format!("{host}:/tmp/towerify-gate-never"),
    );
    for (program, before, after) in [
        ("scp", vec![], vec![file.as_str(), to.as_str()]),
        ("scp", vec!["-O"], vec![file.as_str(), to.as_str()]),
        ("scp", vec!["-O"], vec![to.as_str(), file.as_str()]),
        ("sftp", vec![], vec![host.as_str()]),
    ] {
        let output = gate.ssh(program, &before, &after).await;
        assert!(!output.status.success(), "{program} {before:?}");
    }
    assert!(!std::path::Path::new("/tmp/towerify-gate-never").exists());
    shared.logged(&["REFUSED command='internal-sftp'"]).await;
    shared
        .logged(&["REFUSED command='scp -t /tmp/towerify-gate-never'"])
        .await;
    assert!(gate.connection().await.sftp().await.is_err());
}

#[tokio::test]
async fn the_environment_that_a_client_sends_changes_nothing() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let host = gate.host();
    let evil = tempfile::tempdir().unwrap();
    std::fs::set_permissions(evil.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(evil.path().join(".towerify-standin"), "").unwrap();
    std::fs::write(evil.path().join("json.py"), "import os; os.system('id')").unwrap();
    let path = evil.path().display().to_string();
    let set = [format!(
        "SetEnv=TOWERIFY_STANDIN={path} TOWERIFY_GATE=x PYTHONPATH={path} PYTHONSTARTUP={path}/json.py PYTHONINSPECT=1 SUDO_USER=root SUDO_UID=0 LC_ALL=fr_FR"
    )];
    let output = gate
        .ssh("ssh", &["-o", &set[0]], &[&host, "towerify-gate 1"])
        .await;
    let said = String::from_utf8_lossy(&output.stdout);
    let first: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(first["gate"]["account"], gate.account.as_str(), "{said}");
    assert_eq!(first["main_domain"], "tour.example");
    assert!(!said.contains("uid=0("), "{said}");
}

#[tokio::test]
async fn the_account_has_one_right_of_sudos_and_no_way_around_its_policy() {
    let shared = Shared::new().await;
    let (gate, other) = (
        shared.gate("tour.example").await,
        shared.gate("voisin.example").await,
    );
    let root = shared.server.path("");
    let program = root
        .join("usr/local/lib/towerify/gate")
        .display()
        .to_string();
    let policy = |account: &str| {
        root.join(format!("etc/towerify/gate/{account}.json"))
            .display()
            .to_string()
    };
    // Were the account's shell somebody's: still no more than the gate with its own policy.
    for words in [
        vec!["sudo", "-n", "id"],
        vec!["sudo", "-n", "--", &program, &policy(&other.account)],
        vec!["sudo", "-n", "--", &program],
        vec!["sudo", "-n", "--", &program, &policy(&gate.account), "more"],
        vec![
            "sudo",
            "-n",
            "TOWERIFY_STANDIN=/tmp",
            &program,
            &policy(&gate.account),
        ],
        vec![
            "sudo",
            "-n",
            "--",
            "/usr/bin/python3",
            &program,
            &policy(&gate.account),
        ],
        vec!["cat", &policy(&gate.account)],
        vec!["touch", &program],
        vec!["touch", &policy(&gate.account)],
    ] {
        let ran = Command::new("setpriv")
            .args([
                "--reuid",
                &gate.account,
                "--regid",
                &gate.account,
                "--clear-groups",
                "--",
            ])
            .args(&words)
            .stdin(std::process::Stdio::null())
            .output()
            .await
            .unwrap();
        assert!(
            !ran.status.success() && ran.stdout.is_empty(),
            "{words:?}: {}",
            String::from_utf8_lossy(&ran.stdout)
        );
    }
    // A policy that somebody else could have written opens nothing.
    let path = root.join(format!("etc/towerify/gate/{}.json", gate.account));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let shut = gate.try_driver().await;
    assert!(
        matches!(&shut, Err(DriverError::GateShut { key }) if key == "gate_broken"),
        "{shut:?}"
    );
    shared.logged(&["broken", "root alone can write"]).await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    gate.driver().await.read(&ListUsers).await.unwrap();
}
