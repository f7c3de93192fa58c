//! The file as people write it, right and wrong.

use super::*;
use crate::Language;

/// Holds one wrong file against what is said of it: line, column and sentence.
#[track_caller]
fn check(text: &str, line: usize, column: usize, english: &str) {
    let problems = Config::parse(text).unwrap_err();
    let said = problems
        .iter()
        .find(|problem| (problem.line, problem.column) == (line, column));
    let said = said.unwrap_or_else(|| panic!("nothing at {line}:{column} among {problems:#?}"));
    let sentence = said.sentence(Language::English);
    assert!(sentence.contains(english), "{sentence}");
    assert!(
        sentence.starts_with(&format!("towerify/config.yaml:{line}:{column}: ")),
        "{sentence}"
    );
    assert_ne!(said.words.english, said.words.french);
}

#[test]
fn a_file_of_the_original_command_is_read() {
    let config = Config::parse(
        "name: site-install\ntype: static\nconfig:\n  webroot: ./dist\n  envs:\n    dev:\n      domain: tour.example\n      path: cli\n    prod:\n      domain: cli.tour.example\n",
    )
    .unwrap();
    assert_eq!(
        (config.kind, config.webroot.as_str(), config.keep),
        (Kind::Static, "dist", 3)
    );
    let dev = config.env("dev").unwrap();
    assert_eq!(
        (dev.id.as_str(), dev.domain.as_deref(), dev.path.as_str()),
        ("site_install_dev", Some("tour.example"), "/cli")
    );
    let prod = config.env("prod").unwrap();
    assert_eq!(
        (prod.id.as_str(), prod.path.as_str()),
        ("site_install_prod", "/")
    );
    assert_eq!(prod.access, Access::AllUsers);
    assert_eq!(
        Config::parse("name: a\ntype: laravel-10\n")
            .unwrap()
            .webroot,
        "public"
    );
}

#[test]
fn two_lines_are_enough() {
    let config = Config::parse("name: hello\ntype: static\n").unwrap();
    assert_eq!(config.env("dev").unwrap().id.as_str(), "hello_dev");
}

#[test]
fn every_key_is_read() {
    let config = Config::parse(include_str!("../../tests/fixtures/whole.yaml")).unwrap();
    assert_eq!(config.label, "Orders of the workshop");
    assert_eq!(config.versions.node.as_deref(), Some("18"));
    assert_eq!(
        config.build,
        Build {
            commands: vec!["npm ci".into(), "npm run build".into()],
            on: Where::Server
        }
    );
    assert_eq!(config.start.as_deref(), Some("node server.js"));
    assert_eq!(
        config.health,
        Health {
            path: "/health".into(),
            seconds: 20
        }
    );
    assert_eq!(
        (
            config.hooks.before.len(),
            config.hooks.migrate.len(),
            config.hooks.after.len()
        ),
        (1, 1, 2)
    );
    assert_eq!(config.data, ["uploads", "var/cache"]);
    assert_eq!(config.database, Database::Postgresql);
    assert_eq!(config.schedule[0].cron, "*/5 * * * *");
    assert_eq!(
        config.workers[0],
        Worker {
            name: "queue".into(),
            run: "node queue.js".into(),
            count: 2
        }
    );
    assert_eq!(
        config.limits,
        Limits {
            memory: Some(Memory(512)),
            cpu: Some(Cpu(150))
        }
    );
    assert_eq!(config.keep, 5);
    let prod = config.env("prod").unwrap();
    assert_eq!(prod.variables["NODE_ENV"], "production");
    assert_eq!(prod.variables["LOG_LEVEL"], "warn");
    assert_eq!(
        prod.access,
        Access::Groups(vec!["workshop".into(), "office".into()])
    );
    assert_eq!(config.env("dev").unwrap().access, Access::Public);
}

#[test]
fn a_misspelt_key_is_told_with_the_nearest_word() {
    check(
        "name: a\ntpye: static\n",
        2,
        1,
        "`tpye` is not a key here. Did you mean `type`? Allowed: name, type, config.",
    );
    check(
        "name: a\ntype: static\nconfig:\n  envs:\n    dev:\n      domian: x.example\n",
        6,
        7,
        "Did you mean `domain`?",
    );
}

#[test]
fn a_wrong_value_is_told_with_what_is_allowed() {
    check(
        "name: a\ntype: statik\n",
        2,
        7,
        "Did you mean `static`? Allowed: static, php, laravel, node, python, dockerfile.",
    );
    check("name: My App\ntype: static\n", 1, 7, "for example `my-app`");
    check(
        "name: a\ntype: node\nconfig:\n  start: x\n  keep: 1\n",
        5,
        9,
        "a whole number from 2 to 20, not `1`",
    );
    check(
        "name: a\ntype: php\nconfig:\n  limits: {memory: lots}\n",
        4,
        20,
        "`256M`",
    );
    check(
        "name: a\ntype: php\nconfig:\n  schedule:\n    - {cron: \"61 * * * *\", run: x}\n",
        5,
        14,
        "five fields",
    );
    check(
        "name: a\ntype: php\nconfig:\n  data: [../secrets]\n",
        4,
        10,
        "not below the app's folder",
    );
    check(
        "name: a\ntype: php\nconfig:\n  data: [/etc]\n",
        4,
        10,
        "not below the app's folder",
    );
    check(
        "name: a\ntype: static\nconfig:\n  envs:\n    dev: {domain: UPPER.example}\n",
        5,
        19,
        "is no domain",
    );
    check(
        "name: a\ntype: static\nconfig:\n  envs:\n    Dev: {}\n",
        5,
        5,
        "no name for an environment",
    );
    check(
        "name: a\ntype: php\nconfig:\n  variables: {PORT: 80}\n",
        4,
        15,
        "no name for a variable",
    );
    check(
        "name: a\ntype: php\nconfig:\n  access: everybody\n",
        4,
        11,
        "`[everybody]`",
    );
}

#[test]
fn what_means_nothing_for_a_type_is_refused() {
    check(
        "name: a\ntype: static\nconfig:\n  start: node x\n",
        4,
        3,
        "means nothing for an app of type static",
    );
    check("name: a\ntype: node\n", 2, 7, "needs `config.start`");
}

#[test]
fn what_is_missing_twice_or_no_yaml_is_told_with_its_place() {
    check("type: static\n", 1, 1, "`name` is missing");
    check(
        "name: a\ntype: static\nname: b\n",
        3,
        1,
        "stands here twice; it was first on line 1",
    );
    check("", 1, 1, "`name` is missing");
    check("- a\n", 1, 1, "begins with `name: my-app`");
    check("name: a\n\ttype: static\n", 1, 7, "this is not YAML");
    assert!(Config::parse("name: &a x\ntype: *a\n").is_err());
}

#[test]
fn an_environment_inside_another_is_refused() {
    let with = |a: &str, b: &str| {
        format!(
            "name: a\ntype: static\nconfig:\n  envs:\n    one: {{domain: t.example, path: {a}}}\n    two: {{domain: t.example, path: {b}}}\n"
        )
    };
    check(
        &with("/us", "/us/sub"),
        6,
        36,
        "environment `two` lies inside environment `one` on t.example",
    );
    check(&with("/us/sub", "us"), 6, 36, "lies inside");
    check(&with("/", "/us"), 6, 36, "lies inside");
    assert!(Config::parse(&with("/us", "/usher")).is_ok());
}

#[test]
fn ids_are_such_as_no_user_of_the_system_and_no_package_can_have() {
    let id = |app: &str, env: &str| {
        AppId::of(&AppName::new(app).unwrap(), &EnvName::new(env).unwrap())
            .map(|id| id.as_str().to_owned())
    };
    assert_eq!(id("my-app", "dev").unwrap(), "my_app_dev");
    assert_eq!(id("www-data", "dev").unwrap(), "www_data_dev");
    assert!(id("a23456789012345678901234", "production").is_err());
    for wrong in [
        "", "-a", "a--b", "a__b", "a-_b", "a-", "é", "A", "9a", "a.b", "a b", "a\n",
    ] {
        assert!(AppName::new(wrong).is_err(), "{wrong:?}");
        assert!(
            AppName::new(&AppName::near(wrong)).is_ok(),
            "{wrong:?}: {}",
            AppName::near(wrong)
        );
    }
    assert_eq!(AppName::near("Été à la Tour"), "ete-a-la-tour");
}

#[test]
fn all_problems_come_at_once_in_the_order_of_lines() {
    let problems = Config::parse("nam: a\ntype: nodee\nconfig:\n  keep: x\n").unwrap_err();
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    assert!(lines.len() >= 3 && lines.is_sorted(), "{problems:#?}");
}

#[test]
fn every_key_of_the_table_has_a_parent_that_holds_it() {
    for key in keys::KEYS {
        let cut = key.path.rfind(['.', '[']);
        let Some(parent) = cut.map(|at| &key.path[..at]) else {
            continue;
        };
        let parent = keys::find(parent).unwrap_or_else(|| panic!("{parent}"));
        assert!(
            matches!(
                parent.form,
                keys::Form::Keys | keys::Form::Named | keys::Form::List
            ),
            "{}",
            key.path
        );
        assert!(
            key.kinds.iter().all(|kind| parent.kinds.contains(kind)),
            "{}",
            key.path
        );
    }
}

#[test]
fn the_published_schema_is_the_one_of_the_table() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/deploy/config.schema.json"
    );
    let wanted = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("TOWERIFY_WRITE").is_some() {
        std::fs::write(file, &wanted).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(file).unwrap(),
        wanted,
        "write it anew: TOWERIFY_WRITE=1 cargo test -p towerify-deploy schema"
    );
}
