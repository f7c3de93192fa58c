//! What the generator writes, type by type.

use std::fs;
use std::process::Command;

use towerify_deploy::config::Config;
use towerify_deploy::package::Layout;

use crate::standin::App;

/// What differs from type to type; the scripts are the same and are read as files.
fn shown(app: &App) -> String {
    let package = app.package(&Layout::default(), 7);
    let mut text = String::new();
    for (path, content) in &package.files {
        if !path.starts_with("scripts/") && !path.starts_with("conf/release") {
            text += &format!("=== {path}\n{content}\n");
        }
    }
    text
}

#[test]
fn every_type_has_its_package() {
    for kind in ["static", "php", "laravel", "node", "python", "dockerfile"] {
        insta::assert_snapshot!(kind, shown(&App::example(kind)));
    }
}

#[test]
fn an_app_with_everything_has_its_package() {
    let config = Config::parse(include_str!("../fixtures/whole.yaml")).unwrap();
    insta::assert_snapshot!(
        "whole",
        shown(&App {
            config,
            env: "prod",
            ..App::example("node")
        })
    );
}

#[test]
fn manifests_are_such_as_packaging_version_2_wants() {
    for kind in ["static", "php", "laravel", "node", "python", "dockerfile"] {
        let package = App::example(kind).package(&Layout::default(), 12);
        let manifest: toml::Table = package.files["manifest.toml"].parse().unwrap();
        assert_eq!(manifest["packaging_format"].as_integer(), Some(2));
        assert_eq!(manifest["version"].as_str(), Some("12~ynh1"));
        assert_eq!(
            manifest["integration"]["helpers_version"].as_str(),
            Some("2.1")
        );
        assert_eq!(
            manifest["integration"]["multi_instance"].as_bool(),
            Some(false)
        );
        assert!(manifest["description"]["en"].is_str());
        for (name, question) in manifest["install"].as_table().unwrap() {
            assert!(
                ["domain", "path", "group"].contains(&question["type"].as_str().unwrap()),
                "{name}"
            );
        }
        // The program that renews an app alone replaces the first line that begins so.
        let first = package.files["manifest.toml"]
            .lines()
            .position(|line| line.starts_with("version = "))
            .unwrap();
        let table = package.files["manifest.toml"]
            .lines()
            .position(|line| line.starts_with('['))
            .unwrap();
        assert!(first < table);
        let packages: Vec<&str> = manifest["resources"]["apt"]["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        assert!(
            packages.contains(&"zstd") && packages.is_sorted_by_key(|name| *name != "zstd")
                || packages[0] == "zstd"
        );
        assert!(
            packages.iter().all(|name| !name.starts_with("php-")),
            "a plain php means 7.4 to the helpers: {packages:?}"
        );
        let owner = manifest["resources"]["install_dir"]["owner"]
            .as_str()
            .unwrap();
        assert_eq!(
            owner, "root:rwx",
            "what runs as the app may not put links where root writes"
        );
    }
}

#[test]
fn the_fingerprint_changes_with_the_package_and_not_with_the_release() {
    let app = App::example("node");
    let (one, two) = (
        app.package(&Layout::default(), 1),
        app.package(&Layout::default(), 2),
    );
    assert_eq!(one.fingerprint, two.fingerprint);
    assert_ne!(one.files["manifest.toml"], two.files["manifest.toml"]);
    let mut other = App::example("node");
    other.config.keep = 9;
    assert_ne!(
        other.package(&Layout::default(), 1).fingerprint,
        one.fingerprint
    );
}

#[test]
fn no_variable_and_no_command_breaks_out_of_its_quotes() {
    let mut app = App::example("node");
    let nasty = r#"'; touch /tmp/x; $(id) `id` "q" \ %i"#;
    app.config.start = Some(nasty.to_owned());
    let environment = &mut app.config.envs[0].1;
    environment.variables.insert("NASTY".into(), nasty.into());
    let package = app.package(&Layout::default(), 1);
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("start"),
        &package.files["conf/bin/start"],
    )
    .unwrap();
    let traced = package.files["conf/bin/start"].replace("exec bash -c", "printf %s");
    let said = Command::new("bash").args(["-c", &traced]).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), nasty);
    assert!(
        package.files["conf/variables.env"]
            .contains(r#"NASTY="'; touch /tmp/x; \$(id) \`id\` \"q\" \\ %i""#)
    );
}

#[test]
fn shellcheck_finds_nothing() {
    for kind in ["static", "php", "laravel", "node", "python", "dockerfile"] {
        let package = App::example(kind).package(&Layout::default(), 1);
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        package.write_tar(None, &mut bytes).unwrap();
        tar::Archive::new(bytes.as_slice())
            .unpack(folder.path())
            .unwrap();
        let scripts = package.files.keys().filter(|path| {
            path.starts_with("scripts/") && !path.ends_with(".py")
                || path.ends_with(".sh")
                || path.starts_with("conf/bin/")
        });
        let checked = Command::new("shellcheck")
            .arg("--external-sources")
            .args(scripts)
            .current_dir(folder.path())
            .output();
        let checked = checked.expect("shellcheck (Debian's package of that name)");
        assert!(
            checked.status.success(),
            "{kind}: {}",
            String::from_utf8_lossy(&checked.stdout)
        );
    }
}
