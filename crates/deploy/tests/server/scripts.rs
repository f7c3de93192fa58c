//! Each script under stand-ins for the helpers, and the traps that real servers set (docs/deploy/server.md).

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use serde_json::json;

use crate::standin::{App, Standin};

#[test]
fn static_files_are_installed_upgraded_backed_up_restored_moved_and_removed() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    assert!(server.get("/hours/").1.contains("Opening hours"));
    let calls = server.calls();
    let said: Vec<&str> = calls
        .iter()
        .map(String::as_str)
        .filter(|call| !call.starts_with("ynh_script_progression"))
        .collect();
    assert_eq!(
        said[..2],
        ["systemctl daemon-reload", "systemctl reload nginx"]
    );
    assert!(
        said[2].starts_with("ynh_app_setting_set --key=towerify_package --value="),
        "{said:?}"
    );
    assert_eq!(server.info(&app)["version"], "1~ynh1");

    app.write("index.html", "second");
    let request =
        json!({"verb": "push", "only_store": true, "tree": app.tree().hash(), "payload": true});
    server.done(&app, &request, &app.payload(&Default::default()));
    assert_eq!(server.upgrade(&app, 2), "");
    assert_eq!(
        (
            server.get("/hours/").1.as_str(),
            server.info(&app)["version"].as_str()
        ),
        ("second", Some("2~ynh1"))
    );

    server.server(&["backup", &app.id(), "one"], &[]);
    server.calls();
    server.server(&["remove", &app.id()], &[]);
    server.settles("/hours/", 404);
    let calls = server.calls();
    assert!(
        calls
            .iter()
            .any(|call| call == "ynh_safe_rm ROOT/var/lib/towerify/opening_hours_dev"),
        "{calls:#?}"
    );
    server.server(&["restore", &app.id(), "one"], &[]);
    assert_eq!(server.get("/hours/").1, "second");

    server.server(&["change-url", &app.id(), "/when"], &[]);
    server.settles("/hours/", 404);
    assert_eq!(
        (server.get("/when/").1.as_str(), server.get("/hours/").0),
        ("second", 404)
    );
    // Restored without its store, it takes a new release all the same: the server says that it holds nothing.
    app.write("index.html", "third");
    let facts = server.facts(&app);
    assert_eq!(
        (
            facts["files"].as_str(),
            facts["stored"].as_array().unwrap().len()
        ),
        (None, 0)
    );
    server.push(&app);
    assert_eq!(server.get("/when/").1, "third");
}

#[test]
fn an_id_that_is_installed_is_not_installed_again_as_a_second_one() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    let folder = app.package_folder(&server, 2, true);
    let output = server.yunohost(
        &[
            "install",
            folder.to_str().unwrap(),
            "domain=tour.example&path=/other",
        ],
        &[],
    );
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("opening_hours_dev is installed already")
    );
    assert!(
        server
            .path("etc/yunohost/apps/opening_hours_dev/settings.yml")
            .exists()
    );
    assert!(
        !server
            .path("etc/yunohost/apps/opening_hours_dev__2")
            .exists()
    );
    assert!(server.get("/hours/").1.contains("Opening hours"));
}

#[test]
fn the_package_of_another_id_is_refused() {
    let server = Standin::with_nginx();
    let (app, other) = (App::example("static"), App::example("python"));
    server.install(&app);
    let folder = other.package_folder(&server, 2, false);
    let output = server.yunohost(&["upgrade", &app.id(), folder.to_str().unwrap()], &[]);
    assert!(
        output.status.success(),
        "YunoHost says nothing of a failed upgrade: whoever called it looks"
    );
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("this package is hello_python_dev, and not opening_hours_dev")
    );
    assert_eq!(server.info(&app)["version"], "1~ynh1");
}

#[test]
fn the_package_of_an_older_release_is_refused() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    app.write("index.html", "second");
    server.push(&app);
    for number in [1, 2] {
        let said = server.upgrade(&app, number);
        assert!(
            said.contains("is older than what is there; nothing was changed"),
            "{said}"
        );
        assert_eq!(server.info(&app)["version"], "2~ynh1");
        assert_eq!(server.get("/hours/").1, "second");
    }
}

#[test]
fn a_broken_nginx_file_fails_the_install_and_nginx_can_be_reloaded_for_others() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    let folder = app.package_folder(&server, 1, true);
    let file = folder.join("conf/nginx.conf");
    fs::write(&file, fs::read_to_string(&file).unwrap() + "broken {\n").unwrap();
    let output = server.yunohost(
        &[
            "install",
            folder.to_str().unwrap(),
            "domain=tour.example&path=/hours",
        ],
        &[],
    );
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("nginx does not take the app's file"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let others = App::example("node");
    server.install(&others);
    assert_eq!(server.get("/hello/").0, 200);
}

#[test]
fn a_broken_nginx_file_in_an_upgrade_puts_the_old_one_back() {
    let server = Standin::with_nginx();
    let app = App::example("node");
    server.install(&app);
    let before = server.read("etc/nginx/conf.d/tour.example.d/hello_node_dev.conf");
    let folder = app.package_folder(&server, 2, false);
    let file = folder.join("conf/nginx.conf");
    fs::write(&file, fs::read_to_string(&file).unwrap() + "broken {\n").unwrap();
    let output = server.yunohost(&["upgrade", &app.id(), folder.to_str().unwrap()], &[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("the former one never stopped"));
    assert_eq!(
        server.read("etc/nginx/conf.d/tour.example.d/hello_node_dev.conf"),
        before
    );
    assert_eq!(server.get("/hello/").0, 200);
    let facts = server.facts(&app);
    assert_eq!(
        (
            facts["release"].as_str(),
            facts["releases"].as_array().unwrap().len()
        ),
        (Some("r1"), 1)
    );
}

#[test]
fn the_idle_slots_port_is_kept_from_other_apps() {
    let server = Standin::with_nginx();
    let (one, two) = (App::example("node"), App::example("python"));
    server.install(&one);
    server.install(&two);
    let ports = |app: &App| {
        let settings = server.info(app)["settings"].clone();
        assert_eq!(settings["alt_port"], settings["port_alt"]);
        [settings["port"].clone(), settings["port_alt"].clone()]
    };
    let (one, two) = (ports(&one), ports(&two));
    assert!(
        one.iter().all(|port| !two.contains(port)),
        "{one:?} {two:?}"
    );
}

#[test]
fn a_port_that_answers_for_another_program_is_not_healthy() {
    let server = Standin::with_nginx();
    let app = App::example("node");
    server.install(&app);
    let settings = server.info(&app)["settings"].clone();
    let idle: u16 = settings["port_alt"].as_str().unwrap().parse().unwrap();
    // Another program takes the idle slot's port, and answers well.
    let listener = std::net::TcpListener::bind(("127.0.0.1", idle)).unwrap();
    let stranger = std::thread::spawn(move || {
        for stream in listener.incoming() {
            use std::io::{Read as _, Write as _};
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhiya",
            );
        }
    });
    // The new release ignores its port, so it stays up and the stranger answers in its place.
    app.write("server.js", "setInterval(() => {}, 1000);\n");
    let end = server.failed(
        &app,
        &server.push_request(&app),
        &app.payload(&Default::default()),
    );
    assert_eq!(end["key"], "release");
    assert!(
        end["text"]
            .as_str()
            .unwrap()
            .contains("is another program's"),
        "{end}"
    );
    assert!(server.get("/hello/").1.contains("Hello from node"));
    drop(stranger);
}

#[test]
fn update_time_stays_a_number_and_the_version_follows_the_release() {
    let server = Standin::with_nginx();
    let app = App::example("static");
    server.install(&app);
    app.write("index.html", "second");
    server.push(&app);
    let info = server.info(&app);
    assert!(info["settings"]["update_time"].is_i64(), "{info}");
    assert_eq!(
        (
            info["version"].as_str(),
            info["settings"]["release"].as_str()
        ),
        (Some("2~ynh1"), Some("r2"))
    );
    assert_eq!(info["settings"]["current_revision"], "beef");
    server.done(&app, &json!({"verb": "rollback", "by": "Inès Calvet"}), b"");
    let info = server.info(&app);
    assert_eq!(
        (
            info["version"].as_str(),
            info["settings"]["release"].as_str()
        ),
        (Some("1~ynh1"), Some("r1"))
    );
    assert!(server.get("/hours/").1.contains("Opening hours"));
    assert_eq!(
        server.facts(&app)["next"],
        "r3",
        "a number is never given twice"
    );
    assert_eq!(
        fs::metadata(server.path("etc/yunohost/apps/opening_hours_dev/settings.yml"))
            .unwrap()
            .mode()
            & 0o777,
        0o400
    );
}

#[test]
fn a_restore_gives_the_files_back_to_whom_they_belong_and_waits_until_the_app_answers() {
    let server = Standin::with_nginx();
    let app = App::example("node");
    server.install(&app);
    server.done(
        &app,
        &json!({"verb": "secrets", "set": {"TOKEN": "t0p"}}),
        b"",
    );
    server.server(&["backup", &app.id(), "one"], &[]);
    server.server(&["remove", &app.id()], &[]);
    server.settles("/hello/", 404);
    server.server(&["restore", &app.id(), "one"], &[]);
    assert_eq!(
        server.get("/hello/").0,
        200,
        "restored means that it answers"
    );
    let folder = server.path("var/www/hello_node_dev");
    let about = |path: &str| {
        let about = fs::metadata(folder.join(path)).unwrap();
        (about.uid(), about.permissions().mode() & 0o7777)
    };
    assert_eq!(about(""), (0, 0o755));
    assert_eq!(about("env"), (0, 0o700));
    assert_eq!(about("bin/start"), (0, 0o755));
    assert_eq!(about("current/server.js"), (65534, 0o640));
    let secrets = server.path("etc/yunohost/apps/hello_node_dev/secrets.env");
    assert!(
        fs::read_to_string(secrets)
            .unwrap()
            .contains("TOKEN=\"t0p\""),
        "secrets go with the app"
    );
}

#[test]
fn php_is_named_by_its_real_place_and_what_is_no_file_is_rewritten() {
    let server = Standin::with_nginx();
    let app = App::example("php");
    let file = &app.package(&server.layout(), 1).files["conf/nginx.conf"];
    assert!(
        file.contains("$realpath_root$towerify_script") && !file.contains("try_files"),
        "{file}"
    );
    server.install(&app);
    let calls = server.calls();
    assert!(
        calls.iter().any(|call| call == "ynh_config_add_phpfpm"),
        "{calls:#?}"
    );
    let script = |release: &str| {
        format!(
            "{}/var/www/visits_dev/releases/{release}/index.php",
            server.path("").display()
        )
    };
    let said = |path: &str| server.get(path).1.replace("//", "/");
    assert!(
        said("/visits/").starts_with(&script("r1").replace("//", "/")),
        "{}",
        said("/visits/")
    );
    assert!(said("/visits/no/such/page?x=1").starts_with(&script("r1").replace("//", "/")));
    assert!(said("/visits/index.php/more").contains("index.php\n/more\n"));
    assert_eq!(server.get("/visits/.hidden.php/x").0, 403);
    app.write("index.php", "<?php\n// the second\n");
    server.push(&app);
    assert!(
        said("/visits/").starts_with(&script("r2").replace("//", "/")),
        "{}",
        said("/visits/")
    );
}

#[test]
fn a_data_folder_outlives_releases() {
    let server = Standin::with_nginx();
    let mut app = App::example("node");
    app.config.data = vec!["uploads".to_owned()];
    app.write("uploads/first.txt", "from the first release");
    server.install(&app);
    let kept = server.path("home/yunohost.app/hello_node_dev/uploads");
    fs::write(kept.join("photo"), "by a user").unwrap();
    app.write(
        "server.js",
        &format!(
            "{}\n",
            fs::read_to_string(app.path().join("server.js")).unwrap()
        ),
    );
    server.push(&app);
    let seen = server.path("var/www/hello_node_dev/current/uploads");
    assert_eq!(fs::read_to_string(seen.join("photo")).unwrap(), "by a user");
    assert_eq!(
        fs::read_to_string(seen.join("first.txt")).unwrap(),
        "from the first release"
    );
    assert_eq!(fs::metadata(kept.join("first.txt")).unwrap().uid(), 65534);
}

#[test]
fn a_container_runs_with_its_variables_and_none_of_their_values_on_a_command_line() {
    let server = Standin::with_nginx();
    let app = App::example("dockerfile");
    server.install(&app);
    server.done(
        &app,
        &json!({"verb": "secrets", "set": {"GREETING": "only you know"}}),
        b"",
    );
    assert_eq!(
        server.get("/box/").1,
        "Hello from a container, only you know\n"
    );
    let calls = server.calls();
    let run = calls
        .iter()
        .rfind(|call| call.starts_with("podman run"))
        .unwrap();
    assert!(
        run.contains("--network host --memory 128m --cpus 1.50")
            && run.contains("--env GREETING --env"),
        "{run}"
    );
    assert!(!calls.iter().any(|call| call.contains("only you know")));
}
