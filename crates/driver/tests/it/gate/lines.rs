//! Lines that are no requests, lines that do not end, and a log that takes nothing.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use towerify_driver::DriverError;
use towerify_yunohost::users::ListUsers;

use super::*;

/// A raw conversation with the gate.
struct Raw {
    _connection: Connection,
    stdin: towerify_ssh::Input,
    lines: tokio::io::Lines<BufReader<towerify_ssh::OutputStream>>,
}

impl Raw {
    async fn open(gate: &Gate<'_>) -> Self {
        let connection = gate.connection().await;
        let exec = connection.exec("towerify-gate 1").await.unwrap();
        let mut raw = Self {
            _connection: connection,
            stdin: exec.stdin,
            lines: BufReader::new(exec.stdout).lines(),
        };
        let ready = raw.hear().await.unwrap();
        assert_eq!(ready["event"], "ready");
        raw
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.stdin.write_all(bytes).await.unwrap();
        self.stdin.flush().await.unwrap();
    }

    async fn hear(&mut self) -> Option<Value> {
        let line = tokio::time::timeout(Duration::from_secs(20), self.lines.next_line())
            .await
            .expect("an answer");
        line.unwrap()
            .map(|line| serde_json::from_str(&line).unwrap())
    }

    async fn ask(&mut self, bytes: &[u8]) -> Value {
        self.say(bytes).await;
        self.hear().await.unwrap()
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_gate_lives_on() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let mut raw = Raw::open(&gate).await;
    let list = r#"{"id": 5, "argv": ["user", "list"]}"#;
    let many = format!("{}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let lines: Vec<Vec<u8>> = vec![
        b"not JSON\n".to_vec(),
        b"id\n".to_vec(),
        format!("{list}{list}\n").into_bytes(), // two commands in one
        b"{\"id\": 1, \"id\": 2, \"op\": \"ping\"}\n".to_vec(),
        b"{\"id\": NaN, \"op\": \"ping\"}\n".to_vec(),
        b"{\"id\": true, \"op\": \"ping\"}\n".to_vec(),
        b"{\"id\": \"user list\", \"op\": \"ping\"}\n".to_vec(), // the gate's own
        b"{\"id\": 1.5, \"op\": \"ping\"}\n".to_vec(),
        b"[]\n".to_vec(),
        b"\"x\"\n".to_vec(),
        b"{\"id\": 1, \"op\": [\"read\"]}\n".to_vec(),
        b"{\"id\": 1, \"op\": \"exec\"}\n".to_vec(),
        b"{\"id\": 1, \"op\": \"read\"}\n".to_vec(),
        b"{\"id\": 1, \"argv\": \"user list\"}\n".to_vec(),
        b"{\"id\": 1, \"argv\": [\"user\", [\"list\"]]}\n".to_vec(),
        b"{\"id\": 1, \"argv\": [\"user\", \"list\"], \"task\": {}}\n".to_vec(),
        b"{\"id\": 1, \"argv\": [\"user\", \"list\"], \"program\": \"x\"}\n".to_vec(),
        b"{\"id\": 1, \"op\": \"follow\", \"run\": \"../../../etc/x\"}\n".to_vec(),
        b"{\"id\": 1, \"op\": \"start\", \"run\": \"a b\", \"argv\": [\"user\", \"delete\", \"ines\"]}\n".to_vec(),
        b"\xff\xfe\n".to_vec(),
        b"{\"id\": 1, \"op\": \"ping\", \"x\": \"\xed\xa0\x80\"}\n".to_vec(), // half a character
        many.into_bytes(),
    ];
    for line in &lines {
        let shown = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
        let said = raw.ask(line).await;
        assert_eq!(
            (&said["ok"], &said["key"]),
            (&json!(false), &json!("gate_refused")),
            "{shown}: {said}"
        );
    }
    let mut huge = vec![b'x'; (1 << 18) + 10];
    huge.push(b'\n');
    let said = raw.ask(&huge).await;
    assert_eq!(said["key"], "too_long", "{said}");
    shared
        .logged(&["REFUSED reason=a line may have 262144 bytes"])
        .await;
    let said = raw
        .ask(b"{\"id\": 9, \"argv\": [\"user\", \"list\"]}\n")
        .await;
    assert_eq!(
        (
            &said["id"],
            said["result"]["users"].as_object().unwrap().len()
        ),
        (&json!(9), 1),
        "{said}"
    );
    assert_eq!(
        shared
            .log()
            .iter()
            .filter(|line| line.contains("REFUSED"))
            .count(),
        lines.len() + 1
    );
}

#[tokio::test]
async fn a_number_that_waits_for_its_answer_is_not_used_again_to_slip_past_the_filter() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let mut raw = Raw::open(&gate).await;
    shared.server.fault(json!({"domain list": {"sleep": 1}}));
    let twice = b"{\"id\": 7, \"argv\": [\"domain\", \"list\"]}\n{\"id\": 7, \"argv\": [\"user\", \"list\"]}\n";
    let refused = raw.ask(twice).await;
    assert_eq!(
        (&refused["key"], &refused["id"]),
        (&json!("gate_refused"), &Value::Null),
        "{refused}"
    );
    let said = raw.hear().await.unwrap();
    assert_eq!(said["result"]["domains"], json!(["tour.example"]), "{said}");
}

#[tokio::test]
async fn a_large_reply_comes_whole_and_filtered() {
    let shared = Shared::new().await;
    let mut state = shared.server.state();
    for number in 0..4000 {
        let (domain, name) = (
            ["tour.example", "voisin.example"][number % 2],
            format!("person{number:04}"),
        );
        state["users"][&name] = json!({"fullname": format!("Person of {domain}, one of very many who are here"), "mail": format!("{name}@{domain}"), "loginShell": "/bin/bash", "mail-aliases": [], "mail-forward": [], "mailbox-quota": "0"});
    }
    shared
        .server
        .write("var/lib/standin/state.json", &state.to_string());
    let gate = shared.gate("tour.example").await;
    let users = gate.driver().await.read(&ListUsers).await.unwrap().users;
    assert_eq!(users.len(), 2001);
    assert!(
        users
            .values()
            .all(|user| user.mail.ends_with("@tour.example"))
    );
}

#[tokio::test]
async fn a_line_that_does_not_end_and_a_silence_that_lasts_end_the_conversation() {
    let shared = Shared::new().await;
    for (from, to, said) in [
        (
            "LINE_TIME = 30",
            "LINE_TIME = 1",
            "a line that does not end",
        ),
        ("IDLE = 900", "IDLE = 1", "nothing was asked"),
    ] {
        assert!(gate::program().contains(from));
        let gate = shared
            .gate_of("tour.example", gate::program().replace(from, to))
            .await;
        let mut raw = Raw::open(&gate).await;
        raw.say(b"{\"id\": 1, ").await;
        let bye = raw.hear().await.unwrap();
        assert_eq!(bye["event"], "bye", "{bye}");
        assert!(raw.hear().await.is_none());
        shared.logged(&["REFUSED", said, &gate.account]).await;
    }
}

#[tokio::test]
async fn what_cannot_be_logged_is_not_done() {
    let shared = Shared::new().await;
    let gate = shared.gate("tour.example").await;
    let driver = gate.driver().await;
    shared.reading.abort();
    std::fs::remove_file(shared.server.path("dev/log")).unwrap();
    let before = shared.server.state();
    let refused = run(&driver, "run-unlogged-1", &Argv::new("user delete ines")).await;
    assert!(refused.is_err(), "{refused:?}");
    let shut = gate.try_driver().await;
    assert!(
        matches!(&shut, Err(DriverError::GateShut { key }) if key == "gate_broken"),
        "{shut:?}"
    );
    let output = gate.ssh("ssh", &[], &[&gate.host(), "id"]).await;
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stdout).contains("gate_broken")
    );
    assert_eq!(shared.server.state(), before);
}
