//! In-house apps: one question to the app's own program, its answer, and what it refuses.

use towerify_machine::deployed::{AskDeployed, TurnApp};

use super::{done, refused, text};
use crate::server::Server;

/// Stands for what `towerify deploy` brings: it answers as the true one does, and writes down what it was asked.
const PROGRAM: &str = r#"
import json, os, sys
here = os.path.dirname(os.path.realpath(__file__))
live = here + "/live"
request = json.loads(sys.stdin.readline())
assert sys.argv[1:] == ["gate", "admin"]
with open(here + "/asked", "a") as file:
    file.write(json.dumps(request) + "\n")
def say(event, **more):
    print(json.dumps(dict(event=event, **more)), flush=True)
now = open(live).read() if os.path.exists(live) else "r2"
say("ready")
if request["verb"] == "facts":
    say("done", release=now, releases=[
        {"release": name, "commit": "c0ffee", "by": "Inès Calvet", "message": "A page", "at": 1700000000, "tree": "x"} for name in ("r1", "r2")])
elif request["verb"] == "logs":
    for number in range(5):
        say("log", text="%s line %d" % (request["of"], number))
    say("done")
elif request.get("release") == "r9":
    say("failed", key="no_release", text="r9")
else:
    say("log", text="asking the release")
    if request["verb"] == "rollback":
        open(live, "w").write(request["release"])
    say("done")
"#;

#[tokio::test]
async fn a_deployed_app_tells_its_releases_and_lines_and_goes_back_once() {
    let server = Server::new(&[]).await;
    let driver = server.driver().await;
    let scripts = server.path("etc/yunohost/apps/hours_dev/scripts");
    std::fs::create_dir_all(&scripts).unwrap();
    std::fs::write(scripts.join("towerify.py"), PROGRAM).unwrap();
    let ask = |app: &str| AskDeployed {
        app: app.into(),
        lines: 3,
        deployments: true,
    };
    let said = driver.read_task(&ask("hours_dev")).await.unwrap();
    assert_eq!(said.release.as_deref(), Some("r2"));
    assert_eq!(
        said.lines,
        ["deploy line 2", "deploy line 3", "deploy line 4"]
    );
    assert_eq!(said.releases.len(), 2);
    assert_eq!(said.releases[0].by.as_deref(), Some("Inès Calvet"));
    for other in ["nextcloud", "../hours_dev"] {
        assert!(driver.read_task(&ask(other)).await.is_err(), "{other}");
    }

    let back = |release: Option<&str>| TurnApp {
        app: "hours_dev".into(),
        release: release.map(str::to_owned),
        by: "Camille Morvan".into(),
    };
    let turned = done(&driver, "run-turn-0001", &back(Some("r1"))).await;
    assert_eq!(
        (
            turned.before.as_deref(),
            turned.after.as_deref(),
            turned.changed
        ),
        (Some("r2"), Some("r1"), true)
    );
    assert!(
        !done(&driver, "run-turn-0002", &back(Some("r1")))
            .await
            .changed
    );
    assert!(done(&driver, "run-turn-0003", &back(None)).await.changed);
    let (key, _) = refused(&driver, "run-turn-0004", &back(Some("r9"))).await;
    assert_eq!(key, "no_release");
    let (key, _) = refused(&driver, "run-turn-0005", &back(Some("r1; id"))).await;
    assert_eq!(key, "bad_argument");
    let asked = text(&scripts.join("asked"));
    assert_eq!(
        asked.matches("\"rollback\", \"release\": \"r1\"").count(),
        1,
        "{asked}"
    );
    assert!(asked.contains("Camille Morvan"));
}
