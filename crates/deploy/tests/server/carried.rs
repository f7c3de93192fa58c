//! The whole of it over a true sshd: from an example's folder to an address that answers.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;
use serde_json::json;
use towerify_deploy::pack::{Limits, survey};
use towerify_deploy::package::Layout;
use towerify_deploy::server::{
    Access, DeployError, Deployed, Deployment, Event, Logs, Server, delete, deploy, forget_secrets,
    grant_key, keys, list_secrets, logs, releases, revoke_key, rollback, run, set_secrets, status,
};
use towerify_driver::Privilege;
use towerify_ssh::{
    Connection, Credential, Dial, Endpoint, Limits as RunLimits, Login, Pinned, PrivateKey,
};
use towerify_test_sshd::{KeyKind, Options, Sshd};

use crate::standin::{App, Standin};

/// A stand-in that can be reached.
struct Reached {
    standin: Standin,
    sshd: Sshd,
    server: Server,
    layout: Layout,
    runs: u32,
}

async fn reached() -> Reached {
    let (standin, sshd) = tokio::task::spawn_blocking(|| {
        let standin = Standin::with_nginx();
        let sshd = Sshd::start(Options {
            config: vec![standin.converses()],
            ..Options::default()
        });
        (standin, sshd)
    })
    .await
    .unwrap();
    let key = PrivateKey::generate().unwrap();
    sshd.authorize(&key.public_openssh());
    let connection = connection(&sshd, key).await.unwrap();
    let access = Access::Administrator {
        privilege: Privilege::Root,
        sudo_password: None,
    };
    let server = Server::new(connection, access, "en").with_root(&standin.layout().root);
    let layout = standin.layout();
    Reached {
        standin,
        sshd,
        server,
        layout,
        runs: 0,
    }
}

async fn connection(sshd: &Sshd, key: PrivateKey) -> Result<Connection, towerify_ssh::SshError> {
    let endpoint = Endpoint::new("127.0.0.1", sshd.port());
    let host_key = sshd.host_key(KeyKind::Ed25519).parse().unwrap();
    let login = Login::new(sshd.user(), vec![Credential::Key(key)]);
    Connection::open(Dial::new(
        endpoint.clone(),
        login,
        Arc::new(Pinned::new().pin(endpoint, host_key)),
    ))
    .await
}

impl Reached {
    async fn deploy(&mut self, app: &App) -> (Result<Deployed, DeployError>, Vec<Event>) {
        self.runs += 1;
        let run_key = format!("run{:05}", self.runs);
        let tree = survey(app.path(), Limits::default()).unwrap().tree;
        let (name, environment) = app
            .config
            .envs
            .iter()
            .find(|(name, _)| name.as_str() == app.env)
            .unwrap();
        let deployment = Deployment {
            folder: app.path(),
            config: &app.config,
            name,
            environment,
            tree: &tree,
            main_domain: None,
            by: "Camille Morvan",
            commit: Some(("beef", "A better page")),
            run_key: &run_key,
            layout: &self.layout,
        };
        let mut events = Vec::new();
        let deployed = deploy(&self.server, deployment, &mut |event| events.push(event)).await;
        (deployed, events)
    }

    async fn deployed(&mut self, app: &App) -> Deployed {
        let (deployed, events) = self.deploy(app).await;
        deployed.unwrap_or_else(|error| {
            panic!("{error}\n{events:#?}\n{}", self.standin.read("scripts.log"))
        })
    }

    async fn refused(&mut self, app: &App) -> DeployError {
        self.deploy(app).await.0.unwrap_err()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_is_deployed_and_answers() {
    let mut reached = reached().await;
    for (example, path, says) in [
        ("static", "/hours/", "Opening hours"),
        ("php", "/visits/", "visits_dev/releases/r1/index.php"),
        ("node", "/hello/", "Hello from node, dear reader"),
        ("python", "/hello-py/", "Hello from Python, friend"),
        ("dockerfile", "/box/", "Hello from a container, friend"),
        (
            "laravel",
            "/notes/",
            "notes_dev/releases/r1/public/index.php",
        ),
    ] {
        let mut app = App::example(example);
        // Laravel itself is not here.
        app.config.hooks = Default::default();
        let deployed = reached.deployed(&app).await;
        assert_eq!(
            (
                deployed.release.as_str(),
                deployed.through_yunohost,
                deployed.unchanged
            ),
            ("r1", true, false),
            "{example}"
        );
        assert_eq!(
            deployed.address,
            format!("https://tour.example{}", path.trim_end_matches('/'))
        );
        let body = reached.standin.get(path).1;
        assert!(body.contains(says), "{example}: {body}");
        let again = reached.deployed(&app).await;
        assert_eq!((again.unchanged, again.sent), (true, 0), "{example}");
    }
    assert!(
        fs::read_dir("/root").is_err()
            || fs::read_dir("/root")
                .unwrap()
                .flatten()
                .all(|file| !file.file_name().to_string_lossy().starts_with(".towerify-"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_of_five_thousand_is_sent_alone_and_quickly() {
    let mut reached = reached().await;
    let app = App::example("static");
    for number in 0..5000 {
        app.write(
            &format!("pages/{}/{number}.html", number % 40),
            &format!("page {number} {}\n", number * 7919).repeat(12),
        );
    }
    reached.deployed(&app).await;
    app.write("pages/7/7.html", "changed");
    let begun = Instant::now();
    let deployed = reached.deployed(&app).await;
    let took = begun.elapsed();
    assert_eq!(
        (deployed.release.as_str(), deployed.through_yunohost),
        ("r2", false)
    );
    assert!(deployed.sent < 2_000, "{} bytes", deployed.sent);
    eprintln!(
        "one of 5,000 files: {} bytes, {took:?} in all",
        deployed.sent
    );
    assert_eq!(reached.standin.get("/hours/pages/7/7.html").1, "changed");
    assert_eq!(reached.standin.get("/hours/pages/8/8.html").0, 200);
    let begun = Instant::now();
    assert_eq!(reached.deployed(&app).await.sent, 0);
    eprintln!("nothing changed: {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_package_goes_through_yunohost_and_a_bad_one_changes_nothing() {
    let mut reached = reached().await;
    let mut app = App::example("node");
    app.config.health.seconds = 2;
    reached.deployed(&app).await;
    app.config.limits.memory = Some(towerify_deploy::config::Memory(512));
    app.write("extra.txt", "more");
    let deployed = reached.deployed(&app).await;
    assert_eq!(
        (deployed.release.as_str(), deployed.through_yunohost),
        ("r2", true)
    );
    assert!(
        reached
            .standin
            .read("etc/systemd/system/hello_node_dev@.service")
            .contains("MemoryMax=512M")
    );
    // YunoHost says that all went well; the release that is live says otherwise.
    app.config.start = Some("node nowhere.js".to_owned());
    match reached.refused(&app).await {
        DeployError::YunohostFailed {
            what: "upgrade",
            live,
            said,
            ..
        } => {
            assert_eq!(live.as_deref(), Some("r2"));
            assert!(said.contains("the former one never stopped"), "{said}");
        }
        other => panic!("{other}"),
    }
    assert_eq!(reached.standin.get("/hello/").0, 200);
    assert!(
        reached
            .standin
            .read("var/www/hello_node_dev/bin/start")
            .contains("node server.js")
    );
    app.config.start = Some("node server.js".to_owned());
    app.config.limits.memory = None;
    assert_eq!(reached.deployed(&app).await.release, "r3");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_harm_others_is_refused_before_anything_is_changed() {
    let mut reached = reached().await;
    reached.deployed(&App::example("static")).await;
    let place = |domain: &str, path: &str| {
        let mut app = App::example("python");
        let environment = &mut app.config.envs[0].1;
        environment.domain = Some(domain.to_owned());
        environment.path = path.to_owned();
        app
    };
    for path in ["/hours", "/hours/inside", "/"] {
        assert!(
            matches!(reached.refused(&place("tour.example", path)).await, DeployError::Taken { by, .. } if by == "opening_hours_dev"),
            "{path}"
        );
    }
    assert!(matches!(
        reached.refused(&place("elsewhere.example", "/")).await,
        DeployError::ForeignDomain(_)
    ));
    assert!(matches!(
        reached.refused(&place("nottour.example", "/")).await,
        DeployError::ForeignDomain(_)
    ));
    let mut twin = App::example("static");
    twin.config.name = towerify_deploy::config::AppName::new("opening_hours").unwrap();
    assert!(matches!(
        reached.refused(&twin).await,
        DeployError::IdTaken { .. }
    ));
    let app = place("new.tour.example", "/");
    let (deployed, events) = reached.deploy(&app).await;
    assert_eq!(deployed.unwrap().address, "https://new.tour.example/");
    assert_eq!(reached.standin.get_of("new.tour.example", "/").0, 200);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Step { name, .. } if name == "domain")),
        "{events:#?}"
    );
    assert!(events.iter().any(|event| matches!(event, Event::Warning(words) if words.english.contains("no certificate of Let's Encrypt"))), "{events:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_does_what_it_says() {
    let mut reached = reached().await;
    let app = App::example("node");
    let id = app.config.env("dev").unwrap().id.clone();
    assert!(matches!(
        status(&reached.server, &id).await,
        Err(DeployError::NotThere(_))
    ));
    reached.deployed(&app).await;
    app.write("extra.txt", "more");
    reached.deployed(&app).await;
    let known = releases(&reached.server, &id).await.unwrap();
    assert_eq!(
        known
            .iter()
            .map(|one| (one.release.as_str(), one.live, one.by.as_deref()))
            .collect::<Vec<_>>(),
        [
            ("r1", false, Some("Camille Morvan")),
            ("r2", true, Some("Camille Morvan"))
        ]
    );
    let now = status(&reached.server, &id).await.unwrap();
    assert!(
        now.answers && now.unit["ActiveState"] == "active",
        "{now:?}"
    );
    assert_eq!(
        rollback(&reached.server, &id, None, "Inès Calvet", &mut |_| {})
            .await
            .unwrap(),
        "r1"
    );
    assert!(
        matches!(rollback(&reached.server, &id, Some("r9"), "Inès Calvet", &mut |_| {}).await, Err(DeployError::Failed(failure)) if failure.key == "no_release")
    );
    let secret = BTreeMap::from([("GREETING".to_owned(), SecretString::from("at last"))]);
    assert_eq!(
        set_secrets(&reached.server, &id, &secret).await.unwrap()[0].name,
        "GREETING"
    );
    assert!(reached.standin.get("/hello/").1.contains("at last"));
    assert_eq!(list_secrets(&reached.server, &id).await.unwrap().len(), 1);
    let mut said = Vec::new();
    let exit = run(
        &reached.server,
        &id,
        "echo $GREETING; exit 3",
        &mut |event| said.push(event),
    )
    .await
    .unwrap();
    assert_eq!((exit, said), (3, vec![Event::Log("at last".to_owned())]));
    assert!(
        forget_secrets(&reached.server, &id, &["GREETING".to_owned()])
            .await
            .unwrap()
            .is_empty()
    );
    let mut lines = Vec::new();
    let of_deployments = Logs {
        lines: 50,
        follow: false,
        of_deployments: true,
    };
    logs(&reached.server, &id, of_deployments, &mut |event| {
        lines.push(event)
    })
    .await
    .unwrap();
    assert!(lines.iter().any(|line| matches!(line, Event::Log(text) if text.contains("r2 by Camille Morvan, commit beef"))), "{lines:#?}");
    delete(&reached.server, &id, "run-delete", &mut |_| {})
        .await
        .unwrap();
    reached.standin.settles("/hello/", 404);
    assert!(matches!(
        status(&reached.server, &id).await,
        Err(DeployError::NotThere(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_key_deploys_its_app_and_nothing_else() {
    let mut reached = reached().await;
    let (mut app, other) = (App::example("node"), App::example("python"));
    let id = app.config.env("dev").unwrap().id.clone();
    let other_id = other.config.env("dev").unwrap().id.clone();
    reached.deployed(&app).await;
    reached.deployed(&other).await;
    // Stands for sudo with the pinned line: what it is given is already the one command that the line allows.
    let sudo = reached.standin.path("bin/sudo");
    fs::write(&sudo, "#!/bin/sh\nexec \"$@\"\n").unwrap();
    fs::set_permissions(&sudo, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let key = PrivateKey::generate().unwrap();
    let (account, granted) = grant_key(
        &reached.server,
        &id,
        &format!("{} ci", key.public_openssh().trim()),
    )
    .await
    .unwrap();
    assert_eq!((account.as_str(), granted.len()), ("td_hello_node_dev", 1));
    let sudoers = reached
        .standin
        .read("etc/sudoers.d/towerify_hello_node_dev");
    assert_eq!(sudoers.matches("NOPASSWD").count(), 1);
    assert!(
        sudoers
            .trim_end()
            .ends_with("/etc/yunohost/apps/hello_node_dev/scripts/towerify.py gate key"),
        "{sudoers}"
    );
    let line = reached
        .standin
        .read("var/lib/towerify/keys/hello_node_dev/authorized_keys");
    assert!(line.starts_with("restrict,command=\""), "{line}");
    reached.sshd.authorize(line.trim());

    let theirs = connection(&reached.sshd, key).await.unwrap();
    // No shell, no file, no forwarded port: whatever is asked, the app's program answers.
    for command in ["id", "cat /etc/shadow", "sh -c 'id'"] {
        let said = theirs
            .run(
                command,
                b"{\"verb\":\"run\",\"command\":\"id\"}\n",
                RunLimits::default(),
            )
            .await
            .unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(
            said.contains("\"key\": \"verb\"") && !said.contains("uid="),
            "{said}"
        );
    }
    assert!(theirs.sftp().await.is_err());
    let target = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let forward = theirs
        .forward(Endpoint::new(
            "127.0.0.1",
            target.local_addr().unwrap().port(),
        ))
        .await;
    if let Ok(forward) = forward {
        let mut line = tokio::net::TcpStream::connect(forward.local())
            .await
            .unwrap();
        let read = tokio::io::AsyncReadExt::read(&mut line, &mut [0; 8]).await;
        assert!(matches!(read, Ok(0) | Err(_)), "a port was forwarded");
    }

    let admin = std::mem::replace(
        &mut reached.server,
        Server::new(theirs, Access::DeployKey, "en").with_root(&reached.layout.root),
    );
    app.write("extra.txt", "by the key");
    assert_eq!(reached.deployed(&app).await.release, "r2");
    // Whatever app it names, it reaches its own; and that says that it is another.
    other.write("extra.txt", "by the key");
    assert!(matches!(
        reached.refused(&other).await,
        DeployError::IdTaken { .. }
    ));
    assert_eq!(
        status(&reached.server, &other_id).await.unwrap().facts.app,
        "hello_node_dev"
    );
    app.config.start = Some("id > /tmp/x".to_owned());
    assert!(matches!(
        reached.refused(&app).await,
        DeployError::NeedsAdministrator
    ));
    assert!(
        matches!(keys(&reached.server, &id).await, Err(DeployError::Failed(failure)) if failure.key == "verb")
    );
    assert!(
        matches!(run(&reached.server, &id, "id", &mut |_| {}).await, Err(DeployError::Failed(failure)) if failure.key == "verb")
    );

    assert_eq!(keys(&admin, &id).await.unwrap().1.len(), 1);
    assert!(
        matches!(grant_key(&admin, &id, "ssh-ed25519 AAAA\" command=\"sh").await, Err(DeployError::Failed(failure)) if failure.key == "key")
    );
    assert!(revoke_key(&admin, &id, "ci").await.unwrap().1.is_empty());
    assert!(
        json!(
            reached
                .standin
                .read("var/lib/towerify/keys/hello_node_dev/authorized_keys")
        )
        .as_str()
        .unwrap()
        .is_empty()
    );
}
