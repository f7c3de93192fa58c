//! A fake driver: takes the program, says it is ready, and then says what a test wants.

use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf,
};
use towerify_driver::{Driver, Pipes, Start, open};

pub struct Fake {
    requests: BufReader<ReadHalf<DuplexStream>>,
    answers: WriteHalf<DuplexStream>,
    pub stderr: Option<DuplexStream>,
}

impl Fake {
    /// A conversation with a fake end that has said `ready`.
    pub async fn open(start: Start, ready: Value) -> (Driver, Self) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (stdout, stdin) = tokio::io::split(ours);
        let (stderr_ours, stderr) = tokio::io::duplex(1 << 12);
        let (requests, answers) = tokio::io::split(theirs);
        let mut fake = Self {
            requests: BufReader::new(requests),
            answers,
            stderr: Some(stderr),
        };
        let pipes = Pipes::new(stdin, stdout, stderr_ours);
        let (driver, ()) = tokio::join!(open(pipes, start), async {
            fake.say_text("go\n").await;
            let length: usize = fake.line().await.unwrap().parse().unwrap();
            let mut program = vec![0; length];
            fake.requests.read_exact(&mut program).await.unwrap();
            assert_eq!(program, towerify_driver::PROGRAM.as_bytes());
            fake.say(ready).await;
        });
        (driver.unwrap(), fake)
    }

    pub async fn ready() -> (Driver, Self) {
        Self::open(
            Start::default(),
            json!({"event": "ready", "ok": true, "protocol": 1}),
        )
        .await
    }

    pub async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.requests.read_line(&mut line).await {
            Ok(1..) => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    /// The next request that is not a ping of the client's own.
    pub async fn request(&mut self) -> Option<Value> {
        loop {
            let request: Value = serde_json::from_str(&self.line().await?).unwrap();
            if request["id"] != 0 {
                return Some(request);
            }
        }
    }

    pub async fn say(&mut self, event: Value) {
        self.say_text(&format!("{event}\n")).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.say_bytes(text.as_bytes()).await;
    }

    /// A client that is gone does not listen; that is its right.
    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        let _ = self.answers.write_all(bytes).await;
        let _ = self.answers.flush().await;
    }
}
