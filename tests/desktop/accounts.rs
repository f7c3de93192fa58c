//! Three accounts on one workspace: who may come in, with what, and what each sees.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::{
    program::Home,
    screens::{look, photograph},
    window::{DISPLAY, Window},
};

const CAMILLE: &str = "quatre mots sans rapport 71";
const INES: &str = "onze chemins de pierre blanche";
const PAUL: &str = "treize lampes sous la pluie";

#[tokio::test(flavor = "multi_thread")]
async fn three_roles_on_one_workspace_come_in_each_with_their_own_password_and_code() {
    let _alone = DISPLAY.lock().await;
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
    for (name, role, password) in [
        ("Inès Calvet", "restricted_administrator", INES),
        ("Paul Aubrac", "end_user", PAUL),
    ] {
        let account = json!({
            "name": name, "role": role, "customer": customer["id"], "password": password,
        });
        window
            .call("accounts_create", json!({ "account": account }))
            .await;
    }
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
    window.quit(&home).await;
    for secret in [CAMILLE, INES, PAUL] {
        assert_eq!(home.files_with(secret), Vec::<std::path::PathBuf>::new());
    }
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
