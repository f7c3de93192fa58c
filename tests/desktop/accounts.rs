//! Three accounts on one workspace: who may come in, with what, and what each sees.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};
use towerify_sandbox::{Fleet, Options, Pace, TrainingServer, firm};
use towerify_test_customers::Search;

use crate::{
    program::Home,
    screens::{look, photograph},
    window::{DISPLAY, Window},
};

const CAMILLE: &str = "quatre mots sans rapport 71";
const INES: &str = "onze chemins de pierre blanche";
const PAUL: &str = "treize lampes sous la pluie";

/// The server of Inès's and Paul's customer, and one of another's.
const THEIRS: &str = "glycines-01";
const ANOTHERS: &str = "moisson-01";

#[tokio::test(flavor = "multi_thread")]
async fn three_roles_on_one_workspace_come_in_each_with_their_own_password_and_code() {
    let _alone = DISPLAY.lock().await;
    let fleet = Fleet::start(Options {
        pace: Pace::Instant,
        plan: firm::plan()
            .into_iter()
            .filter(|server| [THEIRS, ANOTHERS].contains(&server.name.as_str()))
            .collect(),
        ..Options::default()
    })
    .await
    .unwrap();
    let home = Home::empty();
    let window = Window::open(&home, "accounts").await;
    window.see("#field-name").await;
    look(&window, "light", "en").await;
    window.fill("#field-name", "Tour & Cie").await;
    window.fill("#field-account_name", "Camille Morvan").await;
    window.fill("#field-password", CAMILLE).await;
    window.click("form button[type=submit]").await;

    // The recovery key is in force once two groups of it were typed back.
    window.see("[data-testid=recovery-key]").await;
    let shown = window
        .until(
            "the key's groups",
            "[...document.querySelectorAll('[data-testid=recovery-key] > span')].map((group) => group.lastChild.textContent)",
        )
        .await;
    let groups: Vec<&str> = shown
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(groups.len(), 8);
    let asked = window
        .until(
            "the places that are asked",
            "[...document.querySelectorAll('.key-groups label')].map((label) => Number(label.textContent.replace(/\\D/g, '')))",
        )
        .await;
    for (n, place) in asked.as_array().unwrap().iter().enumerate() {
        let group = groups[usize::try_from(place.as_u64().unwrap()).unwrap() - 1];
        let field = format!(".key-groups > :nth-child({}) input", n + 1);
        window.fill(&field, group).await;
    }
    window.click_word("[role=dialog] button", "I have it").await;
    window
        .until(
            "the dialog gone",
            "!document.querySelector('[role=dialog]')",
        )
        .await;
    let own = window.call("accounts_own", json!({})).await;
    assert_eq!(own["recovery_key"], true);

    // Two more accounts, of a customer.
    let customer = window
        .call(
            "customers_create",
            json!({ "name": "Clinique des Glycines" }),
        )
        .await;
    let mut accounts = Vec::new();
    for (name, role, password) in [
        ("Inès Calvet", "restricted_administrator", INES),
        ("Paul Aubrac", "end_user", PAUL),
    ] {
        let account = json!({
            "name": name, "role": role, "customer": customer["id"], "password": password,
        });
        accounts.push(
            window
                .call("accounts_create", json!({ "account": account }))
                .await,
        );
    }
    let login = fleet.server(THEIRS).unwrap().password.clone();
    let theirs = add(&window, fleet.server(THEIRS).unwrap(), &customer["name"]).await;
    let anothers = add(&window, fleet.server(ANOTHERS).unwrap(), &Value::Null).await;
    let ines = json!({ "server": theirs, "account": accounts[0] });
    let run = window.call("gates_install", ines).await["run"].clone();
    window
        .go(&format!("/runs/{}", run.as_str().unwrap_or_default()))
        .await;
    window
        .until(
            "the entry's end",
            "document.querySelector('[data-testid=run-state]')?.dataset.state === 'done'",
        )
        .await;
    window.go("/accounts").await;
    window.read("Paul Aubrac").await;
    photograph(&window, "accounts").await;
    window.go("/accounts/new").await;
    window.see("#field-name").await;
    photograph(&window, "new-account").await;

    // A second factor for Camille.
    window.go("/account").await;
    window.read("Second factor").await;
    photograph(&window, "own-account").await;
    window.click_word("main button", "Set up…").await;
    window.fill("[role=dialog] input", CAMILLE).await;
    window.click("[role=dialog] button[type=submit]").await;
    window.see("[data-testid=factor-secret]").await;
    photograph(&window, "second-factor").await;
    let app = app(&window.text("[data-testid=factor-secret]").await);
    window.fill("[role=dialog] input", &code(&app, -1)).await;
    window.click("[role=dialog] button[type=submit]").await;
    window.see("[data-testid=recovery-codes]").await;
    photograph(&window, "recovery-codes").await;
    window
        .click_word("[role=dialog] button", "I have kept them")
        .await;

    // Each comes in with their own password, and is what their role says.
    for (name, password, role) in [
        ("Inès Calvet", INES, "restricted_administrator"),
        ("Paul Aubrac", PAUL, "end_user"),
    ] {
        lock(&window).await;
        choose(&window, name).await;
        photograph(&window, "lock-accounts").await;
        enter(&window, CAMILLE).await;
        window.see(".lock [role=alert]").await;
        open_with(&window, password).await;
        let status = window.call("workspace_status", json!({})).await;
        assert_eq!(status["account"]["name"], name);
        assert_eq!(status["account"]["role"], role);
        assert_eq!(status["account"]["customer"], "Clinique des Glycines");
        if role == "end_user" {
            sees_apps_and_nothing_else(&window).await;
        } else {
            sees_their_own(&window, &anothers).await;
        }
    }

    // Camille is asked for a code: a wrong one opens nothing.
    lock(&window).await;
    choose(&window, "Camille Morvan").await;
    enter(&window, CAMILLE).await;
    window.see(".lock input[autocomplete=one-time-code]").await;
    photograph(&window, "lock-code").await;
    enter(&window, "000000").await;
    window.see(".lock [role=alert]").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    enter(&window, &code(&app, 0)).await;
    window.see(".frame").await;
    let status = window.call("workspace_status", json!({})).await;
    assert_eq!(status["account"]["role"], "administrator");
    window.go("/servers").await;
    window.read(THEIRS).await;
    window.read(ANOTHERS).await;
    places(
        &window,
        &["Servers", "Runs", "Accounts", "Journal", "Settings"],
    )
    .await;
    window.quit(&home).await;
    fleet.stop().await;
    let mut search = Search::default();
    for (whose, secret) in [
        ("Camille", CAMILLE),
        ("Inès", INES),
        ("Paul", PAUL),
        ("the server", &login),
    ] {
        search.plant(whose, secret);
    }
    search.look_below(home.path());
    assert_eq!(search.found(), &std::collections::BTreeSet::new());
}

/// Adds a server of the fleet, through what the interface calls; gives its id.
async fn add(window: &Window, server: &TrainingServer, customer: &Value) -> String {
    let new = json!({
        "name": server.name,
        "address": { "address": server.address, "port": server.ssh_port },
        "user": server.user,
        "login": { "kind": "password", "password": server.password },
        "fingerprint": server.host_key.fingerprint,
        "how": "console",
        "customer": customer,
    });
    let id = window.call("servers_add", json!({ "server": new })).await;
    id.as_str().unwrap().to_owned()
}

/// The places that the sidebar leads to are exactly these.
async fn places(window: &Window, expected: &[&str]) {
    let places = "[...document.querySelectorAll('.sidebar a.nav:not(.nav-sub) .nav-label')].map(e => e.textContent.trim())";
    let same = format!(
        "JSON.stringify({places}) === {:?}",
        json!(expected).to_string()
    );
    window
        .until(&format!("the places {expected:?}"), &same)
        .await;
}

/// A restricted administrator has their customer's server, read through their own entry, and of another's not even a page.
async fn sees_their_own(window: &Window, anothers: &str) {
    places(
        window,
        &[
            "Home", "Servers", "Apps", "People", "Runs", "Journal", "Settings",
        ],
    )
    .await;
    // The lock keeps the page that one was on.
    window.go("/home").await;
    window.read("glycines-01").await;
    // What they may see was not read yet: it is read through their own entry.
    window.read("Not read with your access yet").await;
    photograph(window, "own-home-unread").await;
    window.click_word(".own-home button", "Read now").await;
    window.read("Fichiers").await;
    photograph(window, "own-home").await;
    window.go("/apps").await;
    window.read("Wiki").await;
    photograph(window, "own-apps").await;
    window.go("/people").await;
    window.read("Aude Perrin").await;
    photograph(window, "own-people").await;
    window.go("/journal").await;
    window.see("main h1").await;
    for needs in ["/accounts", "/schedules", "/servers/add"] {
        window.go(needs).await;
        window.see("[data-testid=not-yours]").await;
    }
    photograph(window, "not-yours").await;
    // Another's server answers as one that does not exist.
    let mut pages = Vec::new();
    for server in [anothers, "00000000-0000-7000-8000-000000000000"] {
        window.go("/home").await;
        window.read("glycines-01").await;
        window.go(&format!("/servers/{server}")).await;
        window.see("main [role=alert]").await;
        pages.push(window.text("main").await.replace(server, "ID"));
    }
    assert_eq!(pages[0], pages[1]);
    assert!(!pages[0].contains(ANOTHERS), "{}", pages[0]);
}

/// An end user has the launcher; no page of the workspace can be gone to.
async fn sees_apps_and_nothing_else(window: &Window) {
    window.see("#field-domain").await;
    for elsewhere in ["/servers", "/accounts", "/journal"] {
        window.go(elsewhere).await;
        window.next_frame().await;
        window.see("#field-domain").await;
        window
            .until("no frame", "!document.querySelector('.frame')")
            .await;
    }
    photograph(window, "own-launcher").await;
}

async fn lock(window: &Window) {
    window.call("workspace_lock", json!({})).await;
    window.see(".lock .lock-card").await;
}

async fn choose(window: &Window, name: &str) {
    let here =
        format!("document.querySelector('.lock .lock-card')?.textContent.includes({name:?})");
    let chosen = window
        .until("the lock", &format!("{here} ? 'here' : 'elsewhere'"))
        .await;
    if chosen != "here" {
        window.click_word(".lock .lock-other b", name).await;
        window.until("the chosen account", &here).await;
    }
}

async fn enter(window: &Window, secret: &str) {
    window
        .until(
            "a lock that takes something",
            "!document.querySelector('.lock button[type=submit]:disabled')",
        )
        .await;
    window.fill(".lock .lock-card input", secret).await;
    window.click(".lock .lock-card button[type=submit]").await;
}

/// After a wrong password the program asks to wait for a moment.
async fn open_with(window: &Window, password: &str) {
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    enter(window, password).await;
    window
        .until(
            "the open workspace",
            "!document.querySelector('.lock') && document.querySelector('main')",
        )
        .await;
}

fn app(secret: &str) -> Totp {
    let secret: String = secret.split_whitespace().collect();
    Builder::new()
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_account_name("Camille")
        .build()
        .unwrap()
}

/// The code of the time step so many away from now.
#[expect(
    clippy::disallowed_methods,
    reason = "the program goes by the real clock"
)]
fn code(app: &Totp, steps: i64) -> String {
    let at = chrono::Utc::now().timestamp() + 30 * steps;
    app.generate(u64::try_from(at).unwrap()).to_string()
}
