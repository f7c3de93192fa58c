//! An end user's day: nothing but an address, a name and a password. The server stands in this process, so that it can
//! fall silent.

use serde_json::json;
use towerify_sandbox::{Fault, Fleet, Options, Pace, TrainingServer, firm};

use crate::{
    program::Home,
    screens::{look, photograph},
    window::{DISPLAY, Window},
};

const NEW_PASSWORD: &str = "Vent-de-galerne : 2027";

#[tokio::test(flavor = "multi_thread")]
async fn an_end_user_opens_the_launcher_with_nothing_but_an_address_a_name_and_a_password() {
    let _alone = DISPLAY.lock().await;
    let fleet = Fleet::start(Options {
        pace: Pace::Instant,
        plan: firm::plan()
            .into_iter()
            .filter(|server| server.name == "glycines-01")
            .collect(),
        ..Options::default()
    })
    .await
    .unwrap();
    let server = fleet.server("glycines-01").unwrap();
    let home = Home::empty();
    let window = Window::open(&home, "end-user").await;
    window.see("#field-name").await;
    look(&window, "light", "en").await;

    // From the first screen to the apps: the certificate is shown, compared and accepted.
    window
        .click_word(".list-card button", "Open as an end user")
        .await;
    window.see("#field-domain").await;
    photograph(&window, "launcher-first").await;
    fill_the_address(&window, server).await;
    window.fill("#field-password", "not it at all").await;
    window.click("form button[type=submit]").await;
    accept(&window, server).await;
    window.read("The name or the password is wrong").await;
    window.fill("#field-password", &server.password).await;
    window.click("form button[type=submit]").await;
    accept(&window, server).await;
    the_five_apps(&window).await;
    window.see("[data-testid=network]").await;
    photograph(&window, "launcher").await;

    // The server falls silent: the list stays, and says since when.
    server.faults().set(Fault::CutAfter(0));
    window.call("portal_refresh", json!({})).await;
    window.read("Offline since").await;
    window.read("Unreachable").await;
    the_five_apps(&window).await;
    photograph(&window, "launcher-offline").await;
    server.faults().clear();
    window.call("portal_refresh", json!({})).await;
    window
        .until(
            "the server again",
            "!document.body.textContent.includes('Unreachable')",
        )
        .await;

    // Another certificate: a hard stop.
    server.faults().set(Fault::ChangedCertificate);
    window.call("portal_refresh", json!({})).await;
    window.click_word(".strip button", "Look at both…").await;
    window.read("Keep refusing").await;
    photograph(&window, "launcher-certificate").await;
    server.faults().clear();
    window
        .click_word("[role=dialog] button", "Keep refusing")
        .await;
    window.call("portal_refresh", json!({})).await;
    window
        .until(
            "no stop",
            "!document.querySelector('.strip[data-tone=stop]')",
        )
        .await;

    // Their password is changed; the old one opens nothing any more.
    window
        .click_word(".places button", "Profile and password")
        .await;
    window.see("[data-testid=password-form]").await;
    photograph(&window, "launcher-profile").await;
    window.fill("#field-current", "not it at all").await;
    window.fill("#field-new", NEW_PASSWORD).await;
    window
        .click("[data-testid=password-form] button[type=submit]")
        .await;
    window.read("This is not your present password.").await;
    window.fill("#field-current", &server.password).await;
    window
        .click("[data-testid=password-form] button[type=submit]")
        .await;
    window.read("is changed. Every other session").await;
    window.quit(&home).await;

    // A new start finds the apps at once, and asks for the password.
    let window = Window::open(&home, "end-user-again").await;
    the_five_apps(&window).await;
    window.fill(".signin input", &server.password).await;
    window.click(".signin button[type=submit]").await;
    window.read("The name or the password is wrong").await;
    window.fill(".signin input", NEW_PASSWORD).await;
    window.click(".signin button[type=submit]").await;
    window
        .until("a session", "!document.querySelector('.signin')")
        .await;
    window.quit(&home).await;

    for secret in [NEW_PASSWORD, &server.password, "eyJ0eXAi"] {
        assert_eq!(
            home.files_with(secret),
            Vec::<std::path::PathBuf>::new(),
            "{secret}"
        );
        assert!(!home.said().contains(secret), "{secret}");
    }
    fleet.stop().await;
}

/// The domain has no name server here: the machine and its port are said too.
async fn fill_the_address(window: &Window, server: &TrainingServer) {
    window.fill("#field-domain", &server.main_domain).await;
    window.fill("#field-username", "a.perrin").await;
    window.click(".place-more").await;
    window
        .fill("#field-machine", &server.address.to_string())
        .await;
    window
        .fill("#field-port", &server.api_port.to_string())
        .await;
}

/// Compares the fingerprint with the server's own, and accepts it.
async fn accept(window: &Window, server: &TrainingServer) {
    window.see("[data-testid=fingerprint]").await;
    let shown = window.text("[data-testid=fingerprint]").await;
    assert_eq!(
        shown.replace(':', "").to_lowercase(),
        server.certificate_sha256
    );
    window
        .click_word("[role=dialog] button", "Accept and pin this certificate")
        .await;
}

async fn the_five_apps(window: &Window) {
    window
        .until(
            "the apps of Aude Perrin",
            "document.querySelectorAll('[data-testid=tile]').length === 5",
        )
        .await;
    window.read("Wiki").await;
    window.read("wiki.glycines.example/wiki").await;
}
