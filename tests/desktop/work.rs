//! Work that outlives the window: a machine made a server while the program is closed and opened again, and the same
//! change on many servers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    program::Home,
    screens::{look, photograph},
    window::{DISPLAY, Window},
};

/// How long a simulated machine may take to become a server: its installer takes its time, as a real one does.
const BECOMING: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_becomes_a_server_from_the_form_though_the_program_is_closed_half_way() {
    let _alone = DISPLAY.lock().await;
    // Its installer alone takes more than three minutes at a real machine's pace.
    let home = Home::hurried("4");
    let window = Window::open(&home, "provision").await;
    training(&window).await;

    // From the form: the machine and its fingerprint, how it will be, what stands there, the whole plan.
    window.go("/servers/provision").await;
    window.see("[data-testid=fill-atelier-neuf]").await;
    let machines = window.call("workspace_training_machines", json!({})).await;
    let machine = machines
        .as_array()
        .and_then(|all| all.iter().find(|one| one["name"] == "atelier-neuf"))
        .expect("the machine without any trouble")
        .clone();
    window.click("[data-testid=fill-atelier-neuf]").await;
    photograph(&window, "provision-machine").await;
    window.click("[data-testid=form-act]").await;
    let offered = window.text("[data-testid=fingerprint]").await;
    assert_eq!(json!(offered), machine["fingerprint"]);
    window
        .click_word("[role=dialog] button", "Accept and pin this key")
        .await;
    window.see("#field-admin").await;
    window.fill("#field-admin_fullname", "Camille Morvan").await;
    window.fill("#field-admin", "c.morvan").await;
    photograph(&window, "provision-choices").await;
    window.click("[data-testid=form-act]").await;
    window.see("[data-testid=findings]").await;
    photograph(&window, "provision-findings").await;
    window.click("[data-testid=form-act]").await;
    window.see("[data-testid=plan]").await;
    photograph(&window, "provision-plan").await;
    assert_eq!(
        window.call("runs_list", json!({ "query": {} })).await["total"],
        0,
        "something was begun before the plan was accepted"
    );
    window.click("[data-testid=form-act]").await;

    let run = run_shown(&window).await;
    window
        .until(
            "a step that is done, and one at work",
            "document.querySelectorAll('.plan li[data-now]').length === 1 && document.querySelector('.plan li').dataset.now === undefined",
        )
        .await;
    photograph(&window, "provision-run").await;
    window.go("/servers").await;
    window.see("[data-testid=at-work]").await;
    photograph(&window, "at-work").await;
    let before = window.call("runs_detail", json!({ "run": run })).await;
    assert_eq!(before["row"]["state"], "running");
    window.quit(&home).await;

    // Opened again, it is where it was, and comes to its end; nothing was done twice.
    let window = Window::open(&home, "provision-again").await;
    window.see(".frame").await;
    window.go(&format!("/runs/{run}")).await;
    window.see("[data-testid=run-state]").await;
    let after = ended(&window, &run).await;
    assert_eq!(after["row"]["state"], "done", "{after}");
    for step in after["steps"].as_array().unwrap() {
        assert!(
            step["state"] == "done" || step["state"] == "already",
            "{step}"
        );
    }
    window.see("[data-testid=run-state][data-state=done]").await;
    photograph(&window, "provision-done").await;
    window.click("[data-testid=to-report]").await;
    let report = window.text("[data-testid=report]").await;
    for part in ["atelier.bremont.example", "c.morvan", "SHA256:"] {
        assert!(report.contains(part), "the report does not say {part}");
    }
    photograph(&window, "provision-report").await;

    // It is a server like the others, and can be parted from: what would be taken away is said first.
    let page = window
        .call(
            "servers_list",
            json!({ "query": { "text": "atelier-neuf" } }),
        )
        .await;
    let server = page["rows"][0]["id"].as_str().unwrap().to_owned();
    assert!(page["rows"][0]["yunohost"].is_string(), "{page}");
    window.go(&format!("/servers/{server}")).await;
    window.see(".server-tabs").await;
    window.click(".server-head [aria-haspopup=menu]").await;
    window.click_word("[role=menuitem]", "Disconnect").await;
    window.see("[role=dialog] dl").await;
    photograph(&window, "disconnect").await;
    window.click_word("[role=dialog] button", "Stay").await;
    window.quit(&home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_change_is_looked_at_then_done_on_many_servers() {
    let _alone = DISPLAY.lock().await;
    let home = Home::empty();
    let window = Window::open(&home, "fleet-run").await;
    training(&window).await;
    window
        .until(
            "servers that have answered",
            "document.querySelectorAll('tbody tr[data-testid^=row-]').length >= 11 && !document.querySelector('tbody')?.textContent.includes('To provision')",
        )
        .await;

    // Selected in the list, looked at first: nothing is changed, and each server says what would be done.
    for name in ["glycines-01", "harrowgate-01", "pelham-gray-01"] {
        window.click(&format!("[aria-label='Select {name}']")).await;
    }
    window.click("[data-testid=do-on]").await;
    window.see("[data-testid=waves] li").await;
    photograph(&window, "fleet-form").await;
    window.click("[data-testid=form-act]").await;
    window
        .see("[data-testid=fleet-state][data-state=done]")
        .await;
    photograph(&window, "fleet-dry").await;
    let looked = fleet_shown(&window).await;
    let detail = window
        .call("fleet_detail", json!({ "fleet": looked }))
        .await;
    assert_eq!(detail["row"]["dry"], true);
    assert_eq!(detail["members"].as_array().unwrap().len(), 3);
    let to_do = in_state(&detail, "done");
    assert!(to_do > 0, "there is nothing to do: {detail}");
    assert_eq!(
        window.call("runs_list", json!({ "query": {} })).await["total"],
        0,
        "looking changed something"
    );

    // Then done, by a question.
    window.click("[data-testid=for-real]").await;
    window
        .click_word("[role=dialog] footer button", "Do it on")
        .await;
    window
        .until(
            "the page of what is done",
            &format!(
                "location.hash.startsWith('#/runs/fleet/') && !location.hash.includes({})",
                json!(looked)
            ),
        )
        .await;
    let fleet = fleet_shown(&window).await;
    window
        .see("[data-testid=fleet-state][data-state=done]")
        .await;
    photograph(&window, "fleet-run").await;
    let done = window.call("fleet_detail", json!({ "fleet": fleet })).await;
    assert_eq!(in_state(&done, "done"), to_do, "{done}");
    for member in done["members"].as_array().unwrap() {
        assert_eq!(
            member["tries"],
            u8::from(member["state"] == "done"),
            "{member}"
        );
    }

    // One row among the runs, that opens to its servers.
    window.go("/runs").await;
    window
        .click(&format!("[data-testid='toggle-{fleet}']"))
        .await;
    window.see(&format!("[data-testid='row-{fleet}-1']")).await;
    photograph(&window, "runs-many").await;

    // And kept for a time.
    window
        .call(
            "schedules_create",
            json!({ "schedule": {
                "name": "Diagnosis each morning",
                "timing": { "when": { "kind": "daily", "hour": 6, "minute": 30 }, "zone": "Europe/Paris" },
                "order": { "change": { "kind": "diagnose" }, "selection": { "kind": "all" } },
            } }),
        )
        .await;
    window.go("/schedules").await;
    window.read("Diagnosis each morning").await;
    photograph(&window, "schedules").await;
    window.quit(&home).await;
}

/// The training fleet, from the first screen, in English and light.
async fn training(window: &Window) {
    window.see("#field-name").await;
    look(window, "light", "en").await;
    window.click_word("button", "Open the training fleet").await;
    window.see(".frame").await;
}

/// How many servers of a fleet run are in this state.
fn in_state(detail: &Value, state: &str) -> usize {
    detail["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|member| member["state"] == state)
        .count()
}

/// The id of the run whose page is shown.
async fn run_shown(window: &Window) -> String {
    window.see("[data-testid=run-state]").await;
    last_part(window, "#/runs/").await
}

async fn fleet_shown(window: &Window) -> String {
    last_part(window, "#/runs/fleet/").await
}

async fn last_part(window: &Window, before: &str) -> String {
    let address = window
        .until(
            "the page of what was begun",
            &format!(
                "location.hash.startsWith({}) && location.hash.slice({})",
                json!(before),
                before.len()
            ),
        )
        .await;
    address
        .as_str()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned()
}

/// The run's detail once it is over.
async fn ended(window: &Window, run: &str) -> Value {
    let end = Instant::now() + BECOMING;
    loop {
        let detail = window.call("runs_detail", json!({ "run": run })).await;
        let over = !["waiting", "running", "paused", "undoing"]
            .iter()
            .any(|state| detail["row"]["state"] == *state);
        if over {
            return detail;
        }
        assert!(Instant::now() < end, "the run did not end: {detail}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
