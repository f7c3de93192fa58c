//! What is wrong, told in a sentence in both languages, the running release untouched.

use crate::standin::App;
use crate::world::{Ended, World, greeting};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// A world where the node example answers.
fn answering() -> (World, App) {
    let world = World::new();
    let app = App::example("node");
    world.deployed(&app);
    (world, app)
}

/// Deploys in vain: the code, what is said in English and in French, and that the first release goes on answering.
#[track_caller]
fn refused(
    world: &World,
    folder: &Path,
    arguments: &[&str],
    code: &str,
    english: &str,
    french: &str,
) -> Ended {
    let ended = world.json(folder, &[&["deploy"], arguments].concat());
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (1, code),
        "{ended:?}"
    );
    for (language, said) in [("en", english), ("fr", french)] {
        let words = [&["--lang", language, "deploy", "--quiet"], arguments].concat();
        let ended = world.towerify(folder, &words);
        assert_eq!(ended.status, 1, "{ended:?}");
        assert!(ended.err.contains(said), "{language}: {ended:?}");
        assert_eq!(ended.out, "", "{language}");
    }
    if !world
        .standin
        .read("etc/yunohost/apps/hello_node_dev/settings.yml")
        .is_empty()
    {
        assert_eq!(
            world.standin.get("/hello/").1,
            "Hello from node, dear reader\n"
        );
    }
    ended
}

fn config(app: &App, from: &str, to: &str) {
    let file = app.path().join("towerify/config.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn no_configuration() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    refused(
        &world,
        folder.path(),
        &[],
        "no_config",
        "`towerify init` writes it",
        "« towerify init » l'écrit",
    );
}

#[test]
fn an_unknown_type() {
    let (world, app) = answering();
    config(&app, "type: node", "type: nodde");
    let ended = refused(
        &world,
        app.path(),
        &[],
        "config",
        "towerify/config.yaml:3:7: `nodde` is nothing that `type` can be. Did you mean `node`?",
        "Vouliez-vous dire « node » ?",
    );
    assert!(
        ended.err.contains("\"nearest\":\"node\"") && ended.err.contains("\"line\":3"),
        "{ended:?}"
    );
    let ended = world.towerify(app.path(), &["init", "hello", "nodde", "--force"]);
    assert_eq!(ended.status, 2);
    assert!(
        ended
            .err
            .contains("Did you mean `node`? Allowed: static, php"),
        "{ended:?}"
    );
}

#[test]
fn an_environment_inside_another() {
    let (world, app) = answering();
    config(&app, "path: /prod", "path: /hello/prod");
    refused(
        &world,
        app.path(),
        &[],
        "config",
        "environment `prod` lies inside environment `dev`",
        "« prod » est à l'intérieur de « dev »",
    );
}

#[test]
fn an_environment_that_is_not_there() {
    let (world, app) = answering();
    refused(
        &world,
        app.path(),
        &["--env", "prd"],
        "no_environment",
        "Allowed: dev, prod.",
        "Sont permis : dev, prod.",
    );
}

#[test]
fn the_domain_of_another_server() {
    let (world, app) = answering();
    config(
        &app,
        "tour.example, path: /prod",
        "elsewhere.example, path: /prod",
    );
    refused(
        &world,
        app.path(),
        &["--env", "prod", "--yes"],
        "foreign_domain",
        "`elsewhere.example` is not a domain of this server",
        "« elsewhere.example » n'est pas un domaine de ce serveur",
    );
}

#[test]
fn a_path_that_is_taken() {
    let (world, _) = answering();
    let other = App::example("python");
    config(&other, "path: /hello-py", "path: /hello");
    refused(
        &world,
        other.path(),
        &[],
        "taken",
        "belongs to the app `hello_node_dev`",
        "appartient à l'application « hello_node_dev »",
    );
}

#[test]
fn a_file_named_with_a_line_break() {
    let (world, app) = answering();
    app.write("two\nlines.txt", "x");
    refused(
        &world,
        app.path(),
        &[],
        "pack",
        "has a line break",
        "contient un saut de ligne",
    );
}

#[test]
fn a_link_that_leaves_the_folder() {
    let (world, app) = answering();
    std::os::unix::fs::symlink("/etc/passwd", app.path().join("out")).unwrap();
    refused(
        &world,
        app.path(),
        &[],
        "pack",
        "The symbolic link `out` leads out of the app's folder",
        "Le lien symbolique « out » sort du dossier",
    );
}

#[test]
fn two_gigabytes_of_node_modules_that_are_not_ignored() {
    let (world, app) = answering();
    app.write("node_modules/big/data", "");
    let file = fs::File::options()
        .write(true)
        .open(app.path().join("node_modules/big/data"))
        .unwrap();
    file.set_len(2 << 30).unwrap();
    let begun = Instant::now();
    refused(
        &world,
        app.path(),
        &[],
        "pack",
        "`node_modules` has 2048 MiB. Add to .towerifyignore",
        "« node_modules » a 2048 Mio. Ajoutez à .towerifyignore",
    );
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "not one byte of it is read"
    );
}

#[test]
fn a_build_that_fails() {
    let (world, app) = answering();
    config(
        &app,
        "  start:",
        "  build: {run: 'echo no compiler here; exit 7'}\n  start:",
    );
    refused(
        &world,
        app.path(),
        &[],
        "build",
        "exit 7` failed (exit status: 7). Nothing was sent",
        "exit 7 » a échoué (exit status: 7). Rien n'a été envoyé",
    );
    let ended = world.towerify(app.path(), &["deploy"]);
    assert!(
        ended.err.contains("no compiler here"),
        "what it said is shown: {ended:?}"
    );
}

#[test]
fn a_build_on_the_server_that_fails() {
    let (world, app) = answering();
    config(
        &app,
        "  start:",
        "  hooks: {before: 'echo no database; exit 7'}\n  start:",
    );
    refused(
        &world,
        app.path(),
        &[],
        "yunohost_failed",
        "Release r1 goes on answering",
        "La version r1 continue de répondre",
    );
}

#[test]
fn a_disk_that_is_full() {
    let (world, app) = answering();
    let store = world.standin.path("var/lib/towerify/hello_node_dev");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=60m", "tmpfs"])
        .arg(&store)
        .status()
        .unwrap();
    assert!(mounted.success(), "a small disk is mounted (as root)");
    greeting(&app, "a full disk");
    let ended = std::panic::catch_unwind(|| {
        refused(
            &world,
            app.path(),
            &[],
            "disk_full",
            "The server's disk is too full (60 MiB are free); nothing was changed",
            "Le disque du serveur est trop plein (60 MiB are free)",
        )
    });
    std::process::Command::new("umount")
        .arg(&store)
        .status()
        .unwrap();
    ended.unwrap();
    world.deployed(&app);
    assert_eq!(
        world.standin.get("/hello/").1,
        "Hello from a full disk, dear reader\n"
    );
}

#[test]
fn a_health_check_that_never_answers() {
    let (world, app) = answering();
    config(&app, "seconds: 5", "seconds: 2");
    world.deployed(&app);
    // It takes connections and says nothing.
    app.write("server.js", "require('node:net').createServer(() => {}).listen(Number(process.env.PORT), '127.0.0.1');\n");
    let begun = Instant::now();
    refused(
        &world,
        app.path(),
        &[],
        "release",
        "The new release does not answer and was taken back",
        "La nouvelle version ne répond pas et a été retirée",
    );
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_clock_that_is_wrong() {
    let (world, app) = answering();
    // The server believes that it is three days ago.
    let program = world
        .standin
        .path("etc/yunohost/apps/hello_node_dev/scripts/app.py");
    let text = fs::read_to_string(&program).unwrap();
    fs::write(
        &program,
        format!("{text}\n_true = time.time\ntime.time = lambda: _true() - 3 * 86400\n"),
    )
    .unwrap();
    greeting(&app, "another day");
    let ended = world.towerify(app.path(), &["deploy"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(
        ended
            .err
            .contains("The server's clock differs from this computer's by -43"),
        "{ended:?}"
    );
    assert_eq!(
        world.standin.get("/hello/").1,
        "Hello from another day, dear reader\n"
    );
    // The newest release is the newest still, whatever its date.
    let releases = world.json(app.path(), &["releases"]).json();
    assert_eq!(
        (&releases[1]["release"], &releases[1]["live"]),
        (&"r2".into(), &true.into())
    );
    assert!(releases[1]["at"].as_i64() < releases[0]["at"].as_i64());
    assert_eq!(
        world.json(app.path(), &["rollback"]).json()["release"],
        "r1"
    );
}

#[test]
fn a_server_that_shows_another_host_key() {
    let (world, app) = answering();
    let file = world.home("config/deploy.toml");
    let text = fs::read_to_string(&file).unwrap();
    let from = text.find("ssh-ed25519 ").unwrap();
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8ILWIIW6nzvDnjKqAGbHJ3zHqpCG4kDlyOrrgQzOHy";
    fs::write(
        &file,
        format!("{}{other}{}", &text[..from], &text[from + 80..]),
    )
    .unwrap();
    refused(
        &world,
        app.path(),
        &[],
        "unreached",
        "The server shows another host key than the one that is pinned. Nothing was sent",
        "Le serveur montre une autre clé d'hôte que celle du profil. Rien n'a été envoyé",
    );
}

#[test]
fn no_profile() {
    let world = World::bare();
    let app = App::example("static");
    refused(
        &world,
        app.path(),
        &[],
        "profile",
        "`towerify configure` asks for one",
        "« towerify configure » le demande",
    );
    refused(
        &world,
        app.path(),
        &["--profile", "tour"],
        "profile",
        "There is no profile `tour`",
        "Il n'y a pas de profil « tour »",
    );
}
