//! The client configuration, read from files as people have them.

use super::*;

fn given(files: &[(&str, &str)]) -> (tempfile::TempDir, ClientConfig) {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(".ssh").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let config = ClientConfig::read(&home.path().join(".ssh/config"), home.path());
    (home, config)
}

#[test]
fn the_first_value_wins_and_patterns_hold() {
    let (home, config) = given(&[(
        "config",
        "# the fleet of Tour & Cie\n\
         Host glycines\n  HostName=glycines.tour.example\n  User camille\n  Port = 2222\n\
         \tIdentityFile \"~/.ssh/tour cie\" # with a blank\n  IdentityFile keys/%h-%r\n\n\
         Host *.lab !secret.lab\n  HostName %h.tour.example\n  ProxyJump inès@gate.example:2022,[2001:db8::1]:22\n\
         Host *\n  User root\n  IdentityFile ~/.ssh/id_ed25519\n  CanonicalizeHostname yes\n",
    )]);
    let glycines = config.settings("glycines");
    assert_eq!(
        glycines.endpoint("glycines"),
        Endpoint::new("glycines.tour.example", 2222)
    );
    assert_eq!(glycines.user.as_deref(), Some("camille"));
    assert_eq!(
        glycines.identity_files,
        [
            home.path().join(".ssh/tour cie"),
            home.path().join("keys/glycines.tour.example-camille"),
            home.path().join(".ssh/id_ed25519"),
        ]
    );
    let lab = config.settings("a.lab");
    assert_eq!(
        lab.endpoint("a.lab"),
        Endpoint::new("a.lab.tour.example", 22)
    );
    assert_eq!(lab.user.as_deref(), Some("root"));
    assert_eq!(
        lab.jumps,
        [
            JumpHost {
                user: Some("inès".to_owned()),
                host: "gate.example".to_owned(),
                port: Some(2022)
            },
            JumpHost {
                user: None,
                host: "2001:db8::1".to_owned(),
                port: Some(22)
            },
        ]
    );
    assert_eq!(config.settings("secret.lab").jumps, []);
    assert_eq!(config.hosts(), ["glycines"]);
    assert_eq!(config.notes(), []);
}

#[test]
fn included_files_hold_where_they_are_included() {
    let (_home, config) = given(&[
        (
            "config",
            "Include conf.d/*.conf missing\nHost inner\n  Include inner\n  Port 10\nHost *\n Port 30\n",
        ),
        ("conf.d/a.conf", "Host a\n  Port 1\n"),
        ("conf.d/b.conf", "Host a b\n  Port 2\n"),
        ("conf.d/.hidden.conf", "Host *\n  Port 3\n"),
        ("inner", "User in\nHost other\n  User never\n"),
    ]);
    let check = |host: &str, port, user: Option<&str>| {
        let settings = config.settings(host);
        assert_eq!(
            (settings.port, settings.user.as_deref()),
            (Some(port), user),
            "{host}"
        );
    };
    check("a", 1, None);
    check("b", 2, None);
    check("inner", 10, Some("in"));
    check("other", 30, None);
    assert_eq!(config.notes(), []);
}

#[test]
fn files_that_include_each_other_end() {
    let (_home, config) = given(&[("config", "Host x\nInclude config config\nPort 7\n")]);
    assert_eq!(config.settings("x").port, Some(7));
    assert!(
        config
            .notes()
            .iter()
            .any(|note| note.note.contains("more than"))
    );
}

#[test]
fn what_is_left_out_is_noted_with_its_line() {
    let (_home, config) = given(&[(
        "config",
        "Match exec \"touch /tmp/x\"\n  User evil\nMatch all\n  User good\nHost p\n  Port 70000\n  ProxyCommand nc %h %p\n  HostName\n",
    )]);
    assert_eq!(config.settings("p").user.as_deref(), Some("good"));
    assert_eq!(config.settings("p").port, None);
    let lines: Vec<usize> = config.notes().iter().map(|note| note.line).collect();
    assert_eq!(lines, [1, 6, 7, 8]);
}

#[test]
fn a_missing_file_says_nothing_but_is_noted() {
    let home = tempfile::tempdir().unwrap();
    let config = ClientConfig::read(&home.path().join("none"), home.path());
    assert_eq!(config.settings("x"), HostSettings::default());
    assert_eq!(config.notes().len(), 1);
}
