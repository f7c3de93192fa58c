//! The program's window as a person has it: they see, click, type, and wait until something is there. Whatever does not
//! come ends the test with a picture of the window and its text in `target/screens/failure-*`.

use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, key::Key};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::program::{Driver, Home, executable, pictures};

/// One window at a time: they share the display, and two cores.
pub static DISPLAY: Mutex<()> = Mutex::const_new(());

/// How long something may take to appear. Generous: two cores, a debug build, other tests beside.
const PATIENCE: Duration = Duration::from_secs(40);

/// An open window.
pub struct Window {
    client: Client,
    _driver: Driver,
    journey: &'static str,
}

impl Window {
    /// Starts the program in `home` and waits for its window. `journey` names the pictures of a failure.
    pub async fn open(home: &Home, journey: &'static str) -> Self {
        let driver = Driver::start(home);
        let Value::Object(wishes) =
            json!({ "webkitgtk:browserOptions": { "binary": executable() } })
        else {
            unreachable!()
        };
        let session = ClientBuilder::new(HttpConnector::new())
            .capabilities(wishes)
            .connect(&driver.address())
            .await;
        let client = match session {
            Ok(client) => client,
            Err(error) => panic!(
                "the program's window did not open: {error}\nit said:\n{}",
                home.said()
            ),
        };
        let window = Self {
            client,
            _driver: driver,
            journey,
        };
        window.see("#root > *").await;
        window
    }

    /// Quits, as a person does, and waits until the program is gone.
    pub async fn quit(self, home: &Home) {
        // A moment later, and no answer is waited for: the one who would give it ends.
        self.script(
            "setTimeout(() => window.__TAURI_INTERNALS__.invoke('window_quit'), 100)",
            vec![],
        )
        .await;
        let end = Instant::now() + Duration::from_secs(20);
        while !home.processes().is_empty() {
            assert!(
                Instant::now() < end,
                "the program did not end; it said:\n{}",
                home.said()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs this in the page.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        match self.client.execute(script, arguments).await {
            Ok(value) => value,
            Err(error) => {
                self.fail(&format!("the page could not run `{script}`: {error}"))
                    .await
            }
        }
    }

    /// Calls a command of the program, as the interface does.
    pub async fn call(&self, command: &str, arguments: Value) -> Value {
        let script = "const [command, args, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, args).then(value => done({ value }), error => done({ error }));";
        match self
            .client
            .execute_async(script, vec![json!(command), arguments])
            .await
        {
            Ok(answer) if answer.get("error").is_none() => answer["value"].clone(),
            Ok(answer) => self.fail(&format!("{command} answered {answer}")).await,
            Err(error) => {
                self.fail(&format!("{command} could not be called: {error}"))
                    .await
            }
        }
    }

    /// Waits until this expression is true in the page, and gives its value.
    pub async fn until(&self, what: &str, expression: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        let script = format!("return ({expression}) || null;");
        loop {
            let answer = self.client.execute(&script, vec![]).await;
            match answer {
                Ok(value) if !value.is_null() && value != json!(false) => return value,
                Ok(_) if Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(100)).await
                }
                Ok(_) => {
                    self.fail(&format!("did not see {what}: {expression}"))
                        .await
                }
                Err(error) => {
                    self.fail(&format!("could not look for {what}: {error}"))
                        .await
                }
            }
        }
    }

    /// Waits until what this selector names is there and has a size.
    pub async fn see(&self, selector: &str) {
        self.until(
            selector,
            &format!(
                "[...document.querySelectorAll({})].some(e => e.getClientRects().length > 0)",
                json!(selector)
            ),
        )
        .await;
    }

    /// Waits until this text is on the page.
    pub async fn read(&self, text: &str) {
        self.until(
            &format!("the text “{text}”"),
            &format!("document.body.textContent.includes({})", json!(text)),
        )
        .await;
    }

    /// The text of what this selector names; Mantine hides some from WebDriver's own reading.
    pub async fn text(&self, selector: &str) -> String {
        self.see(selector).await;
        let text = self
            .script(
                "return document.querySelector(arguments[0]).textContent",
                vec![json!(selector)],
            )
            .await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks what this selector names, once it is there.
    pub async fn click(&self, selector: &str) {
        self.see(selector).await;
        self.script(
            "document.querySelector(arguments[0]).scrollIntoView({ block: 'nearest' })",
            vec![json!(selector)],
        )
        .await;
        let end = Instant::now() + PATIENCE;
        loop {
            let clicked = match self.client.find(Locator::Css(selector)).await {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return,
                // Something still moves, or lies over it: a dialog that goes, a toast.
                Err(_) if Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(100)).await
                }
                Err(error) => {
                    self.fail(&format!("could not click {selector}: {error}"))
                        .await
                }
            }
        }
    }

    /// Clicks the button, link or option that says this.
    pub async fn click_word(&self, within: &str, word: &str) {
        let mark = format!(
            "(() => {{ const e = [...document.querySelectorAll({})].find(e => e.getClientRects().length > 0 && \
             e.textContent.trim().replace(/\\s+/g, ' ').startsWith({})); \
             if (!e) return null; document.querySelectorAll('[data-e2e]').forEach(o => delete o.dataset.e2e); \
             e.dataset.e2e = 'here'; return true; }})()",
            json!(within),
            json!(word)
        );
        self.until(&format!("{within} that says “{word}”"), &mark)
            .await;
        self.click("[data-e2e=here]").await;
    }

    /// Empties a field and types this into it, key by key.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.click(selector).await;
        let field = self.element(selector).await;
        let all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        let typed = match field.send_keys(&all).await {
            Ok(()) => {
                field
                    .send_keys(&format!("{}{text}", char::from(Key::Backspace)))
                    .await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = typed {
            self.fail(&format!("could not type into {selector}: {error}"))
                .await;
        }
        let holds = self
            .script(
                "return document.querySelector(arguments[0]).value",
                vec![json!(selector)],
            )
            .await;
        if holds != json!(text) {
            self.fail(&format!("{selector} took what was typed as something else"))
                .await;
        }
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let pressed = match self.client.active_element().await {
            Ok(element) => element.send_keys(keys).await,
            Err(error) => Err(error),
        };
        if let Err(error) = pressed {
            self.fail(&format!("could not press a key: {error}")).await;
        }
    }

    /// Goes to an address within the interface: `/servers`.
    pub async fn go(&self, address: &str) {
        self.script("location.hash = '#' + arguments[0]", vec![json!(address)])
            .await;
    }

    /// Waits until the page was painted once more.
    pub async fn next_frame(&self) {
        let script = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";
        if let Err(error) = self.client.execute_async(script, vec![]).await {
            self.fail(&format!("the window does not paint: {error}"))
                .await;
        }
    }

    /// A picture of the window, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        match self.client.screenshot().await {
            Ok(picture) => picture,
            Err(error) => panic!("no picture of the window could be taken: {error}"),
        }
    }

    async fn element(&self, selector: &str) -> Element {
        match self.client.find(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => self.fail(&format!("there is no {selector}: {error}")).await,
        }
    }

    /// Ends the test, with what is to be seen now.
    pub async fn fail(&self, why: &str) -> ! {
        let place = pictures().join(format!("failure-{}", self.journey));
        if let Ok(picture) = self.client.screenshot().await {
            let _ = std::fs::write(place.with_extension("png"), picture);
        }
        let seen = self
            .client
            .execute(
                "return location.href + '\\n\\n' + document.body.innerText",
                vec![],
            )
            .await
            .ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_else(|| "(the page does not answer)".to_owned());
        let _ = std::fs::write(place.with_extension("txt"), format!("{why}\n\n{seen}\n"));
        panic!(
            "{why}\n-- the window is in {}.png; it says:\n{seen}",
            place.display()
        );
    }
}
