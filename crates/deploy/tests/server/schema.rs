//! The generated manifests against a schema of packaging version 2, and the examples' files against our own published one.
//! Python's `jsonschema` (Debian's python3-jsonschema) is the judge.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use towerify_deploy::config::Config;
use towerify_deploy::package::Layout;

use crate::standin::App;

const KINDS: [&str; 6] = ["static", "php", "laravel", "node", "python", "dockerfile"];

/// What the judge says of a value: nothing, or where it is wrong.
fn judged(schema: &Path, value: &Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("value.json");
    fs::write(&file, value.to_string()).unwrap();
    let script = "import json, sys, jsonschema\n\
        schema = json.load(open(sys.argv[1]))\n\
        jsonschema.Draft7Validator.check_schema(schema)\n\
        for error in jsonschema.Draft7Validator(schema).iter_errors(json.load(open(sys.argv[2]))):\n    \
        print('/'.join(map(str, error.path)), error.message)";
    let output = Command::new("/usr/bin/python3")
        .args(["-I", "-c", script])
        .arg(schema)
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn manifest(app: &App) -> Value {
    let text = &app.package(&Layout::default(), 12).files["manifest.toml"];
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

#[test]
fn every_manifest_is_valid_for_packaging_version_2_and_a_spoilt_one_is_not() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/manifest.schema.json");
    for kind in KINDS {
        assert_eq!(
            judged(&schema, &manifest(&App::example(kind))),
            "",
            "{kind}"
        );
    }
    let whole = App {
        config: Config::parse(include_str!("../fixtures/whole.yaml")).unwrap(),
        env: "prod",
        ..App::example("node")
    };
    let good = manifest(&whole);
    assert_eq!(judged(&schema, &good), "");
    for (place, wrong) in [
        ("/version", Value::from("12")),
        ("/id", Value::from("www-data")),
        ("/packaging_format", Value::from(1)),
        ("/integration/yunohost", Value::from("12")),
        ("/integration/helpers_version", Value::from(2.1)),
        ("/resources/install_dir/owner", Value::from("Root!")),
        ("/description", Value::from("text")),
    ] {
        let mut spoilt = good.clone();
        *spoilt.pointer_mut(place).unwrap() = wrong;
        assert!(
            judged(&schema, &spoilt).contains(place.trim_start_matches('/')),
            "{place}"
        );
    }
}
