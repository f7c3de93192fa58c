//! What a person does with the program, from its first start on.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::{
    program::Home,
    screens::{look, photograph},
    window::{DISPLAY, Window},
};

const PASSWORD: &str = "quatre mots sans rapport 71";
const FIRST_PASSWORD: &str = "Vent-de-galerne-44!";
const APP_PASSWORD: &str = "Sardine-bleue-2719!";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_workspace_is_created_locked_and_found_again_with_its_password_only() {
    let _alone = DISPLAY.lock().await;
    let home = Home::empty();
    let window = Window::open(&home, "workspace").await;
    window.see("#field-name").await;
    look(&window, "light", "en").await;
    photograph(&window, "first-run").await;

    // A password that is easy to guess is refused beside its field, and nothing is created.
    window.fill("#field-name", "Tour & Cie").await;
    window.fill("#field-account_name", "Camille Morvan").await;
    window.fill("#field-password", "azerty12345").await;
    window.click("form button[type=submit]").await;
    window.see("#field-password-error").await;
    assert_eq!(
        window.call("workspace_status", json!({})).await["state"],
        "none"
    );

    create_workspace(&window).await;
    window.read("No server yet").await;
    photograph(&window, "empty").await;

    // Locked: a wrong password says so and opens nothing, the right one opens.
    window.call("workspace_lock", json!({})).await;
    window.see(".lock").await;
    photograph(&window, "lock").await;
    window.fill(".lock input", "not the password at all").await;
    window.click(".lock button[type=submit]").await;
    window.see(".lock [role=alert]").await;
    assert_eq!(
        window.call("workspace_status", json!({})).await["state"],
        "locked"
    );
    unlock(&window).await;
    window.quit(&home).await;

    // Found again after a new start: locked, and opened with the password.
    let window = Window::open(&home, "workspace-again").await;
    window.see(".lock").await;
    window.read("Tour & Cie").await;
    unlock(&window).await;
    window.quit(&home).await;

    assert!(
        home.said().contains("first-paint "),
        "the start was not traced:\n{}",
        home.said()
    );
    nothing_keeps(&home, PASSWORD);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_a_running_app_and_everything_is_found_again_after_a_new_start() {
    let _alone = DISPLAY.lock().await;
    let home = Home::empty();
    let window = Window::open(&home, "main-job").await;
    window.see("#field-name").await;
    look(&window, "light", "en").await;
    create_workspace(&window).await;

    // The training fleet, from the empty fleet.
    window
        .click_word(".empty button, .ways button, main button", "Open it")
        .await;
    window
        .until(
            "eleven servers",
            "document.querySelectorAll('tbody tr[data-testid^=row-]').length >= 11",
        )
        .await;
    window
        .until(
            "servers that have answered",
            "!document.querySelector('tbody')?.textContent.includes('To provision')",
        )
        .await;
    photograph(&window, "fleet").await;
    window
        .press(&format!(
            "{}k{}",
            char::from(Key::Control),
            char::from(Key::Null)
        ))
        .await;
    window.see("[role=option]").await;
    photograph(&window, "palette").await;
    window.press(&char::from(Key::Escape).to_string()).await;

    let server = add_the_exercise(&window).await;
    refresh(&window).await;
    create_user(&window, &server).await;
    let run = install(&window, &server).await;
    give_access(&window, &server).await;

    a_failed_install_says_what_happened(&window, &server).await;

    // Every other screen: a server with much on it, one in trouble, and the workspace's own.
    let rich = server_named(&window, "glycines-01").await;
    for tab in ["", "apps", "people", "domains", "services", "diagnosis"] {
        visit(&window, &rich, tab).await;
        photograph(
            &window,
            &format!("server-{}", if tab.is_empty() { "overview" } else { tab }),
        )
        .await;
    }
    visit(&window, &server, "history").await;
    photograph(&window, "server-history").await;
    let failing = server_named(&window, "saint-aubrac-01").await;
    visit(&window, &failing, "").await;
    photograph(&window, "server-failing").await;
    window.go("/runs").await;
    window.see("tbody tr[data-testid^=row-]").await;
    photograph(&window, "runs").await;
    // What was done is in the journal, and the journal was verified when the workspace was opened.
    window.go("/journal").await;
    window
        .see("[data-testid=journal-state]:not([data-warn])")
        .await;
    window.click("tbody tr[data-testid^=row-] td").await;
    window.see("[data-testid=inspector] section .facts").await;
    photograph(&window, "journal").await;
    window.go("/settings").await;
    window.see("[data-testid=workspace-folder]").await;
    photograph(&window, "settings").await;
    assert_found(&window, &server, &run).await;
    window.quit(&home).await;

    // A new start: the training fleet is open again, and all of it is there.
    let window = Window::open(&home, "main-job-again").await;
    window.see("tbody tr[data-testid^=row-]").await;
    assert_found(&window, &server, &run).await;

    // Locked, it opens again without a password; afresh, it is as on the first day.
    window.call("workspace_lock", json!({})).await;
    window.click(".lock button[type=submit]").await;
    window.see(".frame").await;
    assert_found(&window, &server, &run).await;
    start_afresh(&window).await;
    window.quit(&home).await;

    for secret in [PASSWORD, FIRST_PASSWORD, APP_PASSWORD] {
        nothing_keeps(&home, secret);
    }
}

async fn create_workspace(window: &Window) {
    window.fill("#field-name", "Tour & Cie").await;
    window.fill("#field-account_name", "Camille Morvan").await;
    window.fill("#field-password", PASSWORD).await;
    window
        .until(
            "a password that is strong enough",
            "!document.querySelector('#field-password-error')",
        )
        .await;
    window.click("form button[type=submit]").await;
    window.see(".frame").await;
    // The recovery key is shown once, and can be left for later.
    window.see("[data-testid=recovery-key]").await;
    photograph(window, "recovery-key").await;
    window.click_word("[role=dialog] button", "Later").await;
    window
        .until(
            "the dialog gone",
            "!document.querySelector('[role=dialog]')",
        )
        .await;
    let status = window.call("workspace_status", json!({})).await;
    assert_eq!(status["state"], "open");
    assert_eq!(status["workspace"]["name"], "Tour & Cie");
}

/// Types the password until it opens: right after a wrong one, the program asks to wait for a moment.
async fn unlock(window: &Window) {
    loop {
        window
            .until(
                "a lock that takes a password",
                "!document.querySelector('.lock button[type=submit]:disabled')",
            )
            .await;
        window.fill(".lock input", PASSWORD).await;
        window.click(".lock button[type=submit]").await;
        // The field is emptied when the password was not taken.
        let end = window
            .until(
                "an answer to the password",
                "document.querySelector('.frame') ? 'open' : document.querySelector('.lock input')?.value === '' && 'again'",
            )
            .await;
        if end == "open" {
            return;
        }
    }
}

/// Adds the server that the training fleet leaves to be added by hand; gives its id.
async fn add_the_exercise(window: &Window) -> String {
    window.go("/servers/add").await;
    window.click("[data-testid=exercise-fill]").await;
    photograph(window, "add-server").await;
    window.click("[data-testid=form-act]").await;
    // The fingerprint that is offered is the one that the exercise says.
    let offered = window.text("[data-testid=fingerprint]").await;
    let status = window.call("workspace_status", json!({})).await;
    assert_eq!(json!(offered), status["exercise"]["fingerprint"]);
    assert!(!window.text("[data-testid=phone-words]").await.is_empty());
    photograph(window, "first-contact").await;
    window
        .click_word("[role=dialog] button", "Accept and pin this key")
        .await;
    window.see("[data-testid=server-state]").await;
    let address = window
        .until(
            "the server's own page",
            "/^#\\/servers\\/[0-9a-f-]{36}/.test(location.hash) && location.hash",
        )
        .await;
    let server = address
        .as_str()
        .unwrap()
        .split('/')
        .nth(2)
        .unwrap()
        .to_owned();
    let known = window
        .call("servers_detail", json!({ "server": server }))
        .await;
    assert_eq!(known["row"]["name"], status["exercise"]["name"]);
    assert_eq!(known["host_keys"][0]["fingerprint"], json!(offered));
    assert!(
        known["facts"]["yunohost"].is_string(),
        "the server was not read: {known}"
    );
    server
}

/// Reads the server again, from its page.
async fn refresh(window: &Window) {
    window.click_word(".server-head button", "Refresh").await;
    window.read("was read again").await;
}

async fn create_user(window: &Window, server: &str) {
    window.go(&format!("/servers/{server}/people/new")).await;
    window.fill("#field-fullname", "Noé Kerjean").await;
    window.fill("#field-username", "n.kerjean").await;
    window.fill("#field-password", FIRST_PASSWORD).await;
    photograph(window, "new-user").await;
    window.click("[data-testid=form-act]").await;
    window.see("[data-testid=more-n\\.kerjean]").await;
}

/// Installs an app whose questions are answered in its form; gives the run.
async fn install(window: &Window, server: &str) -> String {
    window.go(&format!("/servers/{server}/install")).await;
    window.see("[data-testid=app-nextcloud]").await;
    photograph(window, "catalogue").await;
    window.click("[data-testid=app-nextcloud]").await;
    window.see("#field-path").await;
    window.fill("#field-path", "/nuage").await;
    window.fill("#field-password", APP_PASSWORD).await;
    // Administrators only: so that access is something to give.
    window.click_word(".choice", "A group").await;
    window
        .until(
            "a group that is chosen",
            "document.querySelector('.choice[data-checked]')?.textContent.startsWith('A group')",
        )
        .await;
    photograph(window, "install").await;
    window.click("[data-testid=form-act]").await;
    window.see("[data-testid=run-state]").await;
    let address = window
        .until(
            "the run's page",
            "location.hash.startsWith('#/runs/') && location.hash",
        )
        .await;
    let run = address
        .as_str()
        .unwrap()
        .split('/')
        .nth(2)
        .unwrap()
        .to_owned();
    window
        .see("[data-testid=run-state][data-state=running]")
        .await;
    photograph(window, "run-at-work").await;
    window.see("[data-testid=run-state][data-state=done]").await;
    window.see("[data-testid=trace] .trace-line").await;
    photograph(window, "run").await;
    run
}

/// Opens a tab of a server's page.
async fn visit(window: &Window, server: &str, tab: &str) {
    window.go(&format!("/servers/{server}/{tab}")).await;
    window
        .until(
            "that server's page",
            &format!("document.querySelector('.server-tabs a[href*=\"{server}\"]') && document.querySelector('.page-scroll table, .page-scroll .card')"),
        )
        .await;
}

async fn server_named(window: &Window, name: &str) -> String {
    let page = window
        .call("servers_list", json!({ "query": { "text": name } }))
        .await;
    named(&page["rows"], "name", name)["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Installs the app that always fails: the run says what happened, what was changed and what to do.
async fn a_failed_install_says_what_happened(window: &Window, server: &str) {
    window
        .go(&format!("/servers/{server}/install/chantier"))
        .await;
    window.see("#field-path").await;
    window.click("[data-testid=form-act]").await;
    window
        .see("[data-testid=run-state][data-state=failed]")
        .await;
    for part in ["What happened", "Changed, and not changed", "What to do"] {
        assert!(
            window.text("[data-testid=aftermath]").await.contains(part),
            "{part} is not said"
        );
    }
    photograph(window, "run-failed").await;
}

async fn give_access(window: &Window, server: &str) {
    window.go(&format!("/servers/{server}/people")).await;
    let cell = "[data-testid=access-n\\.kerjean-nextcloud\\.main]";
    window.click(cell).await;
    window.see(&format!("{cell}[data-changed]")).await;
    window.click("[data-testid=access-apply]").await;
    window
        .until(
            "access that was given",
            &format!("(c => c && !c.dataset.changed && c.querySelector('.given'))(document.querySelector({}))", json!(cell)),
        )
        .await;
}

/// Forgets all that was done in the training fleet, from the settings.
async fn start_afresh(window: &Window) {
    window.go("/settings").await;
    window.click_word(".settings button", "Start afresh").await;
    window.see("[role=dialog]").await;
    window
        .click_word("[role=dialog] button", "Start afresh")
        .await;
    window
        .until(
            "the exercise to be there to do again",
            "!document.querySelector('[role=dialog]') && document.querySelector('.frame')",
        )
        .await;
    window.go("/servers").await;
    window
        .until(
            "eleven servers again",
            "document.querySelectorAll('tbody tr[data-testid^=row-]').length === 11",
        )
        .await;
    let page = window.call("servers_list", json!({ "query": {} })).await;
    assert_eq!(page["all"], 11);
    assert_eq!(
        window.call("runs_list", json!({ "query": {} })).await["total"],
        0
    );
}

/// The server, its user, its app, who may open it, the run and its trace: by the program's answers and on the screen.
async fn assert_found(window: &Window, server: &str, run: &str) {
    let people = window
        .call("people_list", json!({ "server": server }))
        .await;
    let user = named(&people["users"], "username", "n.kerjean");
    assert_eq!(user["fullname"], "Noé Kerjean");
    let permission = named(&people["permissions"], "id", "nextcloud.main");
    assert!(
        permission["allowed"]
            .as_array()
            .unwrap()
            .contains(&json!("n.kerjean")),
        "{permission}"
    );
    let apps = window.call("apps_list", json!({ "server": server })).await;
    assert!(
        named(&apps["apps"], "id", "nextcloud")["address"]
            .as_str()
            .unwrap()
            .ends_with("/nuage")
    );

    window.go(&format!("/servers/{server}/apps")).await;
    window.see("[data-testid=open-nextcloud]").await;
    window.go(&format!("/servers/{server}/people")).await;
    window
        .see("[data-testid=access-n\\.kerjean-nextcloud\\.main] .given")
        .await;
    window.go(&format!("/runs/{run}")).await;
    window.see("[data-testid=run-state][data-state=done]").await;
    window.see("[data-testid=trace] .trace-line").await;
}

fn named<'list>(list: &'list Value, field: &str, value: &str) -> &'list Value {
    list.as_array()
        .and_then(|all| all.iter().find(|one| one[field] == value))
        .unwrap_or_else(|| panic!("no {field} is {value} in {list}"))
}

/// The program kept this secret nowhere in the clear: not in its files, its log, nor on its output streams.
#[track_caller]
fn nothing_keeps(home: &Home, secret: &str) {
    let found: Vec<_> = home
        .files_with(secret)
        .into_iter()
        // The simulated servers' own state is theirs, as a server's disk would be.
        .filter(|path| !path.starts_with(home.path().join("data/training/fleet")))
        .collect();
    assert_eq!(
        found,
        Vec::<std::path::PathBuf>::new(),
        "a secret is kept in the clear"
    );
    assert!(
        !home.log().is_empty(),
        "the program wrote no log, so nothing was searched"
    );
}
