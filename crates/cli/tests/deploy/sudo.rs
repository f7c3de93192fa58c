//! An administrator who is not root: everything goes through a true sudo, which asks for the password.

use crate::standin::App;
use crate::world::{World, greeting};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use towerify_test_sshd::{KeyKind, SystemUser};

/// Lines of sudoers for one test, taken back at its end.
struct Sudoers(std::path::PathBuf);

impl Sudoers {
    fn new(user: &str, lines: &str) -> Self {
        let file = std::path::Path::new("/etc/sudoers.d").join(user.replace('.', "_"));
        fs::create_dir_all("/etc/sudoers.d").unwrap();
        fs::write(&file, lines).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        Self(file)
    }
}

impl Drop for Sudoers {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const PASSWORD: &str = "Glycine-bleue-7";

#[test]
fn an_administrator_deploys_through_sudo_which_is_given_the_password_once() {
    let user = SystemUser::with_password(PASSWORD);
    let world = World::for_user(user.name());
    // The true sudo, not the stand-in's.
    fs::remove_file(world.standin.path("bin/sudo")).unwrap();
    let environment = "TOWERIFY_STANDIN TOWERIFY_PATH";
    let _sudoers = Sudoers::new(
        user.name(),
        &format!(
            "Defaults:{0} env_keep += \"{environment}\", !lecture, passwd_tries=1, timestamp_timeout=0\n{0} ALL=(ALL) ALL\n",
            user.name()
        ),
    );
    fs::write(world.home("password"), PASSWORD).unwrap();
    fs::write(world.home("wrong"), "Glycine-rouge-8").unwrap();
    let (right, wrong) = (
        world.home("password").display().to_string(),
        world.home("wrong").display().to_string(),
    );
    let with = ["--login-password-file", right.as_str()];
    let host_key = world.sshd.host_key(KeyKind::Ed25519).to_owned();
    let port = world.sshd.port().to_string();
    let words = [
        "configure",
        "--server",
        "127.0.0.1",
        "--port",
        &port,
        "--user",
        user.name(),
        "--host-key",
        &host_key,
    ];
    let ended = world.towerify(std::path::Path::new("/"), &[&words[..], &with].concat());
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(ended.out.contains("main domain tour.example"), "{ended:?}");

    let app = App::example("node");
    let deploy = |more: &[&str]| world.json(app.path(), &[&["deploy"], more].concat());
    let ended = deploy(&with);
    assert_eq!(
        ended.status,
        0,
        "{ended:?}\n{}",
        world.standin.read("scripts.log")
    );
    greeting(&app, "the second");
    assert_eq!(deploy(&with).json()["release"], "r2");
    assert_eq!(
        world.standin.get("/hello/").1,
        "Hello from the second, dear reader\n"
    );
    let ended = deploy(&["--login-password-file", &wrong]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "unreached"),
        "the login itself refuses it: {ended:?}"
    );
    for log in [
        "calls",
        "scripts.log",
        "var/log/towerify/hello_node_dev.log",
    ] {
        assert!(!world.standin.read(log).contains(PASSWORD), "{log}");
    }

    // With a key the login needs no password; sudo does, and it is asked for by name.
    world.let_in_with_key();
    let profile = fs::read_to_string(world.home("config/deploy.toml")).unwrap();
    let key = world.sshd.folder().join("admin");
    fs::write(
        world.home("config/deploy.toml"),
        profile.replace(
            "user = ",
            &format!("key_file = \"{}\"\nuser = ", key.display()),
        ),
    )
    .unwrap();
    let ended = deploy(&[]);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(
        ended.err.contains(&format!(
            "Password of {}@127.0.0.1: nobody can be asked here",
            user.name()
        )),
        "{ended:?}"
    );
    let ended = deploy(&["--login-password-file", &wrong]);
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, "sudo"),
        "{ended:?}"
    );
    assert!(
        ended.err.contains("sudo did not accept the password"),
        "{ended:?}"
    );
    greeting(&app, "the third");
    assert_eq!(deploy(&with).json()["release"], "r3");

    // The pinned line of a deploy key, by the true sudo: this one command and no other.
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let grant = [&["access", "grant", public.trim()], &with[..]].concat();
    assert_eq!(world.towerify(app.path(), &grant).status, 0);
    let line = world.standin.read("etc/sudoers.d/towerify_hello_node_dev");
    let other = SystemUser::with_password(PASSWORD);
    let _pinned = Sudoers::new(
        other.name(),
        &line.replace("td_hello_node_dev", other.name()),
    );
    let sudo = |words: &str| {
        let output = std::process::Command::new("su")
            .args([
                "-s",
                "/bin/sh",
                other.name(),
                "-c",
                &format!("echo '{{\"verb\":\"facts\"}}' | sudo -n {words}"),
            ])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let program = world
        .standin
        .path("etc/yunohost/apps/hello_node_dev/scripts/towerify.py");
    let gate = format!("/usr/bin/python3 -I {} gate", program.display());
    assert!(sudo(&format!("{gate} key")).contains("\"release\": \"r3\""));
    for words in [
        "id".to_owned(),
        format!("{gate} admin"),
        format!("{gate} key; id"),
        "/usr/bin/python3 -c 'print(1)'".to_owned(),
    ] {
        let said = sudo(&words);
        let begun = words.ends_with("admin") && said.contains("ready");
        assert!(!begun, "{words}: {said}");
        assert!(
            !said.contains("uid=0") && !said.starts_with('1'),
            "{words}: {said}"
        );
    }
}
