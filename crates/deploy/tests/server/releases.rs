//! The quick path: one release after the other, bad ones, half-sent ones, two at once, and secrets.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use towerify_deploy::pack::Tree;

use crate::standin::{App, Standin};

fn greeting(app: &App, text: &str) {
    let server = fs::read_to_string(app.path().join("server.js")).unwrap();
    let from = server.find("Hello from").unwrap();
    let to = from + server[from..].find(',').unwrap();
    app.write(
        "server.js",
        &format!("{}Hello from {text}{}", &server[..from], &server[to..]),
    );
}

#[test]
fn ten_deployments_and_no_request_fails() {
    for (example, path) in [("node", "/hello/"), ("python", "/hello-py/")] {
        let server = Arc::new(Standin::with_nginx());
        let app = App::example(example);
        server.install(&app);
        let (stop, asked) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU32::new(0)),
        );
        let asking = {
            let (server, stop, asked) = (server.clone(), stop.clone(), asked.clone());
            std::thread::spawn(move || {
                let mut failed = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let (status, body) = server.get(path);
                    asked.fetch_add(1, Ordering::Relaxed);
                    if status != 200 {
                        failed.push((status, body));
                    }
                }
                failed
            })
        };
        for number in 2..=11 {
            app.write("release.txt", &number.to_string());
            assert_eq!(server.push(&app)["release"], format!("r{number}"));
        }
        stop.store(true, Ordering::Relaxed);
        let failed = asking.join().unwrap();
        assert!(failed.is_empty(), "{example}: {failed:?}");
        assert!(
            asked.load(Ordering::Relaxed) > 50,
            "{example}: {asked:?} requests"
        );
        assert_eq!(
            server.facts(&app)["releases"].as_array().unwrap().len(),
            3,
            "the others were pruned"
        );
        let folders = fs::read_dir(server.path(&format!("var/www/{}/releases", app.id()))).unwrap();
        let folders: Vec<String> = folders
            .map(|one| one.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.contains('.'))
            .collect();
        assert_eq!(folders.len(), 3, "{folders:?}");
    }
}

#[test]
fn a_release_that_does_not_answer_is_taken_back_and_leaves_no_trace() {
    let server = Standin::with_nginx();
    let mut app = App::example("node");
    app.config.health.seconds = 1;
    server.install(&app);
    for bad in [
        "process.exit(3);",
        "setInterval(() => {}, 1000);",
        "require('http').createServer((q, r) => { r.statusCode = 500; r.end() }).listen(process.env.PORT, '127.0.0.1');",
    ] {
        app.write("server.js", bad);
        let end = server.failed(
            &app,
            &server.push_request(&app),
            &app.payload(&Tree::default()),
        );
        assert_eq!(end["key"], "release", "{end}");
        assert_eq!(server.get("/hello/").0, 200);
        let facts = server.facts(&app);
        assert_eq!(
            (
                facts["release"].as_str(),
                facts["releases"].as_array().unwrap().len()
            ),
            (Some("r1"), 1)
        );
        assert!(!server.path("var/www/hello_node_dev/releases/r2").exists());
    }
    let app = App::example("node");
    greeting(&app, "the next one");
    assert_eq!(server.push(&app)["release"], "r2");
    assert_eq!(
        server.get("/hello/").1,
        "Hello from the next one, dear reader\n"
    );
}

#[test]
fn static_files_whose_page_is_missing_are_taken_back() {
    let server = Standin::with_nginx();
    let mut app = App::example("static");
    app.config.health.seconds = 3;
    server.install(&app);
    fs::rename(app.path().join("index.html"), app.path().join("other.html")).unwrap();
    server.failed(
        &app,
        &server.push_request(&app),
        &app.payload(&Tree::default()),
    );
    assert!(server.get("/hours/").1.contains("Opening hours"));
}

#[test]
fn killed_at_any_step_the_old_release_still_answers_and_the_next_deployment_is_right() {
    for (word, nth) in [
        ("systemctl stop", 1),
        ("systemctl start", 1),
        ("systemctl is-active", 1),
        ("systemctl enable", 1),
        ("systemctl reload nginx", 1),
        ("systemctl disable", 1),
        ("systemctl stop", 2),
    ] {
        let server = Standin::with_nginx();
        let app = App::example("node");
        server.install(&app);
        greeting(&app, "the second");
        server.fault(word, nth);
        let events = server.gate(
            &app,
            "admin",
            &server.push_request(&app),
            &app.payload(&Tree::default()),
        );
        assert!(
            events
                .iter()
                .all(|event| event["event"] != "done" && event["event"] != "failed"),
            "{word} {nth}: {events:?}"
        );
        assert_eq!(server.get("/hello/").0, 200, "{word} {nth}");
        greeting(&app, "the third");
        server.push(&app);
        assert_eq!(
            server.get("/hello/").1,
            "Hello from the third, dear reader\n",
            "{word} {nth}"
        );
        let running = fs::read_dir(server.path("run/units")).unwrap().flatten();
        let running = running.filter(|unit| {
            let pid = fs::read_to_string(unit.path()).unwrap();
            fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
        });
        assert_eq!(running.count(), 1, "{word} {nth}: one slot runs, not two");
    }
}

#[test]
fn the_same_files_twice_change_nothing() {
    let server = Standin::with_nginx();
    let app = App::example("node");
    server.install(&app);
    server.calls();
    let request = json!({"verb": "push", "tree": app.tree().hash(), "by": "Camille Morvan"});
    // The best of some: other tests keep the machine busy.
    let times = (0..5).map(|_| {
        let begun = Instant::now();
        let end = server.done(&app, &request, b"");
        assert_eq!(
            (end["unchanged"].as_bool(), end["release"].as_str()),
            (Some(true), Some("r1"))
        );
        begun.elapsed()
    });
    let best = times.min().unwrap();
    assert!(best < Duration::from_secs(1), "{best:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[test]
fn the_release_that_was_live_before_is_never_pruned() {
    let server = Standin::with_nginx();
    let mut app = App::example("static");
    app.config.keep = 2;
    server.install(&app);
    for text in ["two", "three"] {
        app.write("other.html", text);
        server.push(&app);
    }
    server.done(&app, &json!({"verb": "rollback", "by": "Inès Calvet"}), b"");
    app.write("other.html", "four");
    server.push(&app);
    // Requests that began in r2 may still read its files, though r3 and r4 are newer.
    let kept: Vec<String> = server.facts(&app)["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["release"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kept, ["r2", "r3", "r4"]);
    app.write("other.html", "five");
    server.push(&app);
    assert_eq!(server.facts(&app)["releases"].as_array().unwrap().len(), 2);
}

#[test]
fn of_two_deployments_at_once_one_waits_and_is_told_for_whom() {
    let server = Arc::new(Standin::with_nginx());
    let app = App::example("node");
    server.install(&app);
    let slow = {
        let server = server.clone();
        let app = App::example("node");
        // It answers after a second: so long the other has to wait.
        greeting(&app, "the slow one");
        app.write(
            "server.js",
            &fs::read_to_string(app.path().join("server.js"))
                .unwrap()
                .replace("server.listen(", "setTimeout(() => server.listen(")
                .replace("\"127.0.0.1\");", "\"127.0.0.1\"), 1000);"),
        );
        std::thread::spawn(move || server.push(&app))
    };
    std::thread::sleep(Duration::from_millis(400));
    greeting(&app, "the quick one");
    let mut request = server.push_request(&app);
    request["by"] = json!("Inès Calvet");
    let events = server.gate(&app, "admin", &request, &app.payload(&Tree::default()));
    let waiting: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "waiting")
        .collect();
    assert_eq!(
        (waiting.len(), waiting[0]["by"].as_str()),
        (1, Some("Camille Morvan")),
        "{events:#?}"
    );
    assert_eq!(slow.join().unwrap()["release"], "r2");
    assert_eq!(events.last().unwrap()["release"], "r3", "{events:#?}");
    assert!(server.get("/hello/").1.contains("the quick one"));
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    for number in 0..40 {
        // Nothing that zstd could make smaller: half of the payload holds half of them.
        let mut seed = 7 + number as u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + (seed >> 33) as u8 % 90)
        };
        let text: String = (0..20_000).map(|_| next()).collect();
        app.write(&format!("page{number}.html"), &text);
    }
    let whole = app.payload(&Tree::default());
    let end = server.failed(
        &app,
        &server.push_request(&app),
        &whole[..whole.len() * 2 / 3],
    );
    assert_eq!(end["key"], "cut", "{end}");
    assert!(server.get("/hours/").1.contains("Opening hours"));
    let stored = server.facts(&app)["stored"].as_array().unwrap().len();
    assert!(stored > 3, "{stored} contents were kept");
    server.push(&app);
    assert_eq!(server.get("/hours/page7.html").0, 200);
}

#[test]
fn what_no_deployment_sends_is_refused() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    app.write("other.html", "other");
    let pack = |files: &[(&str, tar::EntryType, &str)]| {
        let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
        for (name, kind, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_mode(0o644);
            header.set_cksum();
            tar.append(&header, content.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    };
    let (file, zero) = (tar::EntryType::Regular, "0".repeat(64));
    let blob = format!("blobs/{zero}");
    let line = format!("+ f {zero} ../../etc/passwd\n");
    for files in [
        vec![("../../outside", file, "x")],
        vec![("/etc/outside", file, "x")],
        vec![("delta", tar::EntryType::Symlink, "")],
        vec![("delta", file, ""), (blob.as_str(), file, "not its hash")],
        vec![("delta", file, line.as_str())],
    ] {
        let end = server.failed(&app, &server.push_request(&app), &pack(&files));
        assert!(
            ["payload", "tree"].contains(&end["key"].as_str().unwrap()),
            "{end}"
        );
    }
    assert!(!server.path("outside").exists());
    // A link that leads out, in a list of files whose hash is right.
    let target = "../../../../etc/passwd";
    let sha = |text: &str| {
        use sha2::Digest as _;
        sha2::Sha256::digest(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let line = format!("l {} link\n", sha(target));
    let request = json!({"verb": "push", "tree": sha(&line), "payload": true});
    let blob = format!("blobs/{}", sha(target));
    let end = server.failed(
        &app,
        &request,
        &pack(&[("delta", file, &format!("+ {line}")), (&blob, file, target)]),
    );
    assert!(
        end["text"]
            .as_str()
            .unwrap()
            .contains("leads out of the app"),
        "{end}"
    );
    assert!(server.get("/hours/").1.contains("Opening hours"));
}

#[test]
fn what_is_said_of_a_release_sets_nothing_else_in_the_settings() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    let before = server.info(&app)["settings"].clone();
    app.write("other.html", "other");
    let mut request = server.push_request(&app);
    for name in ["by", "commit", "message"] {
        request[name] = json!("x'\ninstall_dir: /etc\n\u{2028}port: 1");
    }
    let end = server.gate(&app, "key", &request, &app.payload(&Tree::default()));
    assert_eq!(end.last().unwrap()["event"], "done", "{end:#?}");
    let after = server.info(&app)["settings"].clone();
    assert_eq!(after["install_dir"], before["install_dir"]);
    assert_eq!(after["towerify_by"], "x' install_dir: /etc  port: 1");
    let log = server.read("var/log/towerify/opening_hours_dev.log");
    assert!(
        !log.lines().any(|line| line.starts_with("install_dir")),
        "{log}"
    );
    request["by"] = json!({"name": 1});
    app.write("other.html", "another");
    request["tree"] = json!(app.tree().hash());
    let end = server.failed(&app, &request, &app.payload(&Tree::default()));
    assert_eq!(end["key"], "request");
}

#[test]
fn secrets_are_the_apps_and_roots_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let server = Standin::with_nginx();
    let app = App::example("node");
    server.install(&app);
    let tricky = "a b\"c'd$e`f\\g\nh";
    let end = server.done(
        &app,
        &json!({"verb": "secrets", "set": {"GREETING": "my secret", "TRICKY": tricky}}),
        b"",
    );
    let names: Vec<&str> = end["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| secret["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["GREETING", "TRICKY"]);
    assert!(end["secrets"][0]["at"].as_u64().unwrap() > 1_600_000_000);
    assert!(!end.to_string().contains("my secret"));
    assert_eq!(server.get("/hello/").1, "Hello from node, my secret\n");
    let file = fs::metadata(server.path("etc/yunohost/apps/hello_node_dev/secrets.env")).unwrap();
    assert_eq!((file.uid(), file.mode() & 0o777), (0, 0o600));
    for log in [
        "var/log/towerify/hello_node_dev.log",
        "calls",
        "scripts.log",
        "etc/yunohost/apps/hello_node_dev/settings.yml",
    ] {
        assert!(!server.read(log).contains("my secret"), "{log}");
    }
    let run = |command: &str| {
        server.gate(
            &app,
            "admin",
            &json!({"verb": "run", "command": command}),
            b"",
        )
    };
    let said =
        run("node -e 'process.stdout.write(JSON.stringify(process.env.TRICKY))'; id -un; exit 4");
    assert_eq!(
        said[1]["text"],
        format!("{}nobody", serde_json::to_string(tricky).unwrap())
    );
    assert_eq!(said.last().unwrap()["exit"], 4);
    let said = run(&format!(
        "cat {}",
        server
            .path("etc/yunohost/apps/hello_node_dev/secrets.env")
            .display()
    ));
    assert_ne!(
        said.last().unwrap()["exit"],
        0,
        "the app's user can't read the file itself"
    );
    for wrong in ["PATH", "PORT", "lower", "A-B", "LD_PRELOAD", ""] {
        assert_eq!(
            server.failed(&app, &json!({"verb": "secrets", "set": {wrong: "x"}}), b"")["key"],
            "secret_name"
        );
    }
    let end = server.done(
        &app,
        &json!({"verb": "secrets", "unset": ["GREETING"]}),
        b"",
    );
    assert_eq!(end["secrets"].as_array().unwrap().len(), 1);
    assert_eq!(server.get("/hello/").1, "Hello from node, dear reader\n");
}

#[test]
fn a_backup_is_made_before_the_database_changes() {
    let server = Standin::with_nginx();
    let mut app = App::example("node");
    app.config.hooks.migrate = vec!["touch migrated".to_owned()];
    server.install(&app);
    server.calls();
    greeting(&app, "the migrated one");
    server.push(&app);
    let calls = server.calls();
    let at = |word: &str| {
        calls
            .iter()
            .position(|call| call.starts_with(word))
            .unwrap_or_else(|| panic!("{word}: {calls:#?}"))
    };
    assert!(
        at("yunohost backup create --apps hello_node_dev --name hello_node_dev-before-r2-")
            < at("systemctl start")
    );
    assert!(
        server
            .path("var/www/hello_node_dev/releases/r2/migrated")
            .exists()
    );
}

#[test]
fn a_key_may_do_less_than_an_administrator() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    for verb in ["run", "keys", "nothing"] {
        let events = server.gate(&app, "key", &json!({"verb": verb, "command": "id"}), b"");
        assert_eq!(
            (events.len(), events[1]["key"].as_str()),
            (2, Some("verb")),
            "{verb}: {events:?}"
        );
    }
    let events = server.gate(&app, "key", &json!({"verb": "facts"}), b"");
    assert_eq!(events[1]["event"], "done");
    for nonsense in [
        json!([]),
        json!("push"),
        json!({"verb": ["push"]}),
        json!({"verb": "push", "tree": 3}),
    ] {
        assert_eq!(server.failed(&app, &nonsense, b"")["event"], "failed");
    }
}
