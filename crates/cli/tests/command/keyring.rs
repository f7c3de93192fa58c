//! Opening with the keyring of the system: a real one, on a bus that the test starts; and what is said where there is none.

use crate::home::{Ended, Home, PASSWORD};
use std::io::{BufRead as _, Write as _};
use std::process::{Child, Command, Stdio};

/// A session bus of its own, and what was started on it. Ended, by their ids, when it is dropped.
struct Session {
    started: Vec<Child>,
    address: String,
    place: tempfile::TempDir,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test starts the bus and the keyring that it is about"
)]
fn program(name: &str) -> Command {
    Command::new(name)
}

impl Session {
    fn begin() -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut bus = program("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("dbus-daemon (Debian: dbus): {error}"));
        let mut address = String::new();
        std::io::BufReader::new(bus.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self {
            started: vec![bus],
            address: address.trim().to_owned(),
            place,
        }
    }

    fn on_it(&self, name: &str) -> Command {
        let mut command = program(name);
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("HOME", self.place.path())
            .env("XDG_DATA_HOME", self.place.path().join("data"))
            .env("XDG_RUNTIME_DIR", self.place.path());
        command
    }

    /// A keyring on the bus: unlocked with a password, as a login does it, or locked.
    fn with_keyring(mut self, unlocked: bool) -> Self {
        let mut arguments = vec!["--foreground", "--components=secrets"];
        if unlocked {
            arguments.push("--unlock");
        }
        let mut keyring = self
            .on_it("gnome-keyring-daemon")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("gnome-keyring-daemon (Debian: gnome-keyring): {error}")
            });
        let mut password = keyring.stdin.take().unwrap();
        password.write_all(b"of the desktop session").unwrap();
        drop(password);
        self.started.push(keyring);
        // It is there once its name is taken on the bus.
        for _ in 0..100 {
            let asked = self
                .on_it("dbus-send")
                .args([
                    "--session",
                    "--print-reply",
                    "--dest=org.freedesktop.DBus",
                    "/",
                ])
                .arg("org.freedesktop.DBus.NameHasOwner")
                .arg("string:org.freedesktop.secrets")
                .output()
                .unwrap();
            if String::from_utf8_lossy(&asked.stdout).contains("boolean true") {
                return self;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the keyring never came onto the bus");
    }

    /// Every word that the keyring says of what is kept for us.
    fn kept(&self) -> String {
        let found = self
            .on_it("dbus-send")
            .args([
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.secrets",
            ])
            .arg("/org/freedesktop/secrets")
            .arg("org.freedesktop.Secret.Service.SearchItems")
            .arg("dict:string:string:service,Towerify")
            .output()
            .unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        let Some(item) = found
            .split('"')
            .find(|part| part.starts_with("/org/freedesktop/secrets/collection/"))
        else {
            return String::new();
        };
        let label = self
            .on_it("dbus-send")
            .args([
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.secrets",
            ])
            .arg(item)
            .arg("org.freedesktop.DBus.Properties.Get")
            .args(["string:org.freedesktop.Secret.Item", "string:Label"])
            .output()
            .unwrap();
        String::from_utf8(label.stdout).unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for child in self.started.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn on_bus(home: &Home, address: &str, arguments: &[&str]) -> Ended {
    home.with(arguments, "", &[("DBUS_SESSION_BUS_ADDRESS", address)])
}

fn with_password<'a>(password: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--json", "--password-file", password][..], arguments].concat()
}

#[test]
fn a_keyring_opens_without_the_password_under_a_clear_name_until_it_is_stopped() {
    let session = Session::begin().with_keyring(true);
    let home = Home::with_workspace();
    let password = home.file("password", PASSWORD);
    let address = session.address.clone();
    let before = on_bus(&home, &address, &["--json", "--keyring", "servers", "list"]);
    assert_eq!(
        (before.status, before.code().as_str()),
        (1, "keyring_unavailable")
    );
    let on = on_bus(
        &home,
        &address,
        &with_password(&password, &["accounts", "keyring", "on"]),
    );
    assert_eq!(on.status, 0, "{on:?}");
    let label = session.kept();
    assert!(
        label.contains("Towerify · Tour · Camille Morvan"),
        "{label:?}"
    );
    let opened = on_bus(&home, &address, &["--json", "--keyring", "servers", "list"]);
    assert_eq!((opened.status, opened.out.trim()), (0, "[]"), "{opened:?}");
    let off = on_bus(
        &home,
        &address,
        &["--keyring", "accounts", "keyring", "off"],
    );
    assert_eq!(off.status, 0, "{off:?}");
    assert_eq!(session.kept(), "", "nothing is left in the keyring");
    let after = on_bus(&home, &address, &["--json", "--keyring", "servers", "list"]);
    assert_eq!(after.code(), "keyring_unavailable");
}

#[test]
fn without_a_keyring_that_is_said_nothing_is_kept_and_the_password_opens() {
    let empty_bus = Session::begin();
    for address in ["unix:path=/nowhere/at/all", &empty_bus.address] {
        let home = Home::with_workspace();
        let password = home.file("password", PASSWORD);
        let before = std::fs::read(home.keys()).unwrap();
        let on = on_bus(
            &home,
            address,
            &with_password(&password, &["accounts", "keyring", "on"]),
        );
        assert_eq!((on.status, on.code().as_str()), (1, "keyring_unavailable"));
        assert!(!on.err.contains(PASSWORD));
        let opened = on_bus(&home, address, &["--json", "--keyring", "servers", "list"]);
        assert_eq!(
            (opened.status, opened.code().as_str()),
            (1, "keyring_unavailable")
        );
        let after = std::fs::read(home.keys()).unwrap();
        assert_eq!(
            ways_in(&before),
            ways_in(&after),
            "no way in was made that nothing keeps"
        );
        let by_password = on_bus(
            &home,
            address,
            &with_password(&password, &["servers", "list"]),
        );
        assert_eq!(by_password.status, 0, "{by_password:?}");
    }
}

#[test]
fn a_keyring_that_is_locked_and_stays_so_is_said() {
    let session = Session::begin().with_keyring(false);
    let home = Home::with_workspace();
    let password = home.file("password", PASSWORD);
    let on = on_bus(
        &home,
        &session.address,
        &with_password(&password, &["accounts", "keyring", "on"]),
    );
    assert_eq!(
        (on.status, on.code().as_str()),
        (1, "keyring_unavailable"),
        "{on:?}"
    );
}

fn ways_in(keys: &[u8]) -> serde_json::Value {
    let keys: serde_json::Value = serde_json::from_slice(keys).unwrap();
    keys["accounts"][0]["wrappings"].clone()
}
