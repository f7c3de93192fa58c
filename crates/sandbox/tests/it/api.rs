//! The HTTP API: login, cookie, routes and status codes as they were recorded.

use reqwest::{Client, Method, StatusCode, multipart::Form};
use serde_json::Value;
use towerify_sandbox::{Fault, TrainingServer};

use crate::support::fleet;

pub struct Api {
    client: Client,
    base: String,
}

impl Api {
    fn new(server: &TrainingServer) -> Self {
        Self::at(server.api_port)
    }

    pub fn at(port: u16) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .tls_danger_accept_invalid_certs(true)
            .cookie_store(true)
            .build()
            .unwrap();
        Self {
            client,
            base: format!("https://127.0.0.1:{port}/yunohost/api"),
        }
    }

    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (StatusCode, String) {
        self.try_ask(method, path, fields).await.unwrap()
    }

    pub async fn try_ask(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> reqwest::Result<(StatusCode, String)> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header("X-Requested-With", "XMLHttpRequest");
        if !fields.is_empty() {
            let form = fields.iter().fold(Form::new(), |form, (name, value)| {
                form.text((*name).to_owned(), (*value).to_owned())
            });
            request = request.multipart(form);
        }
        let answer = request.send().await?;
        Ok((answer.status(), answer.text().await?))
    }

    async fn login(&self, server: &TrainingServer) {
        let credentials = format!("admin:{}", server.password);
        let answer = self
            .ask(Method::POST, "/login", &[("credentials", &credentials)])
            .await;
        assert_eq!(answer, (StatusCode::OK, "Logged in".to_owned()));
    }
}

fn json(answer: &str) -> Value {
    serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_answered_before_logging_in() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = &fleet.servers()[0];
    let api = Api::new(server);
    let (status, _) = api.ask(Method::GET, "/users", &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, said) = api
        .ask(Method::POST, "/login", &[("credentials", "admin:wrong")])
        .await;
    assert_eq!(
        (status, said.as_str()),
        (StatusCode::UNAUTHORIZED, "Invalid password or username")
    );
    let (status, said) = api.ask(Method::POST, "/login", &[("foo", "bar")]).await;
    assert_eq!(
        (status, said.as_str()),
        (StatusCode::BAD_REQUEST, "Missing credentials parameter")
    );
    let (status, said) = api.ask(Method::GET, "/installed", &[]).await;
    assert_eq!(
        (status, json(&said)["installed"].as_bool()),
        (StatusCode::OK, Some(true))
    );
    api.login(server).await;
    let (status, _) = api.ask(Method::GET, "/users", &[]).await;
    assert_eq!(status, StatusCode::OK);
    api.ask(Method::GET, "/logout", &[]).await;
    let (status, _) = api.ask(Method::GET, "/users", &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_declared_read_answers_json() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = &fleet.servers()[0];
    let api = Api::new(server);
    api.login(server).await;
    for path in [
        "/users",
        "/users/i.calvet",
        "/users/groups?full=",
        "/users/groups/direction",
        "/users/permissions?full=",
        "/users/permissions/nextcloud.main",
        "/domains",
        "/domains/nuage.glycines.example",
        "/domains/*/cert?full=",
        "/domains/nuage.glycines.example/cert",
        "/apps?full=",
        "/apps/nextcloud?full=",
        "/apps/map?raw=",
        "/apps/catalog?full=&with_categories=",
        "/apps/manifest?app=questionnaire",
        "/services",
        "/services/nginx",
        "/services/nginx/log",
        "/diagnosis?full=",
        "/diagnosis/categories",
        "/logs?limit=3",
        "/versions",
        "/migrations",
    ] {
        let (status, said) = api.ask(Method::GET, path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}: {said}");
        assert!(json(&said).is_object(), "{path}: {said}");
    }
    let (_, said) = api.ask(Method::GET, "/logs?limit=3", &[]).await;
    let listed = json(&said);
    let times: Vec<&str> = listed["operation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(
        times.is_sorted_by(|one, next| one > next),
        "newest first: {times:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_have_the_recorded_status_codes() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = &fleet.servers()[0];
    let api = Api::new(server);
    api.login(server).await;
    let person = [
        ("username", "m.tessier"),
        ("fullname", "Maud Été"),
        ("domain", "nuage.glycines.example"),
        ("password", "Violet-Tractor-88"),
    ];
    let (status, said) = api.ask(Method::POST, "/users", &person).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    assert_eq!(json(&said)["fullname"], "Maud Été");
    let (status, said) = api.ask(Method::POST, "/users", &person).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        (&json(&said)["error_key"], &json(&said)["user"]),
        (&"user_already_exists".into(), &"m.tessier".into())
    );
    let (status, said) = api.ask(Method::POST, "/users", &person[..1]).await;
    assert_eq!(
        (status, said.as_str()),
        (StatusCode::BAD_REQUEST, "Argument 'fullname' is required")
    );
    let (status, said) = api
        .ask(
            Method::PUT,
            "/users/m.tessier",
            &[("fullname", "Maud Tessier")],
        )
        .await;
    assert_eq!(
        (status, &json(&said)["fullname"]),
        (StatusCode::OK, &"Maud Tessier".into())
    );
    let (status, said) = api
        .ask(
            Method::PUT,
            "/users/permissions/vaultwarden.main/add/m.tessier",
            &[],
        )
        .await;
    assert_eq!(
        (
            status,
            json(&said)["allowed"].to_string().contains("m.tessier")
        ),
        (StatusCode::OK, true)
    );
    let app = [
        ("app", "hedgedoc"),
        ("args", "domain=nuage.glycines.example&path=/notes"),
    ];
    let (status, said) = api.ask(Method::POST, "/apps", &app).await;
    assert_eq!(
        (status, json(&said)["notifications"].is_object()),
        (StatusCode::CREATED, true)
    );
    let failing = [
        ("app", "chantier"),
        ("args", "domain=nuage.glycines.example&path=/chantier"),
    ];
    let (status, said) = api.ask(Method::POST, "/apps", &failing).await;
    assert_eq!(
        (status, json(&said)["log_ref"].is_string()),
        (StatusCode::INTERNAL_SERVER_ERROR, true)
    );
    let (status, _) = api.ask(Method::DELETE, "/apps/hedgedoc", &[]).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = api
        .ask(Method::DELETE, "/users/m.tessier", &[("purge", "")])
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = api.ask(Method::PUT, "/users", &[]).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let bare = api
        .client
        .post(format!("{}/users", api.base))
        .body("username=x");
    let bare = bare
        .header("Content-Type", "application/x-www-form-urlencoded")
        .send()
        .await
        .unwrap();
    assert_eq!(
        bare.status(),
        StatusCode::FORBIDDEN,
        "a form without X-Requested-With"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_strike_the_api_too() {
    let fleet = fleet(&["glycines-01"], None).await;
    let server = &fleet.servers()[0];
    let api = Api::new(server);
    api.login(server).await;
    server.faults().set(Fault::Garbage);
    let (_, said) = async {
        let answer = api
            .client
            .get(format!("{}/users", api.base))
            .send()
            .await
            .unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }
    .await;
    assert!(serde_json::from_slice::<Value>(&said).is_err(), "{said:?}");
    server.faults().clear();
    server.faults().set(Fault::RefusedLogin);
    let credentials = format!("admin:{}", server.password);
    let (status, _) = api
        .ask(Method::POST, "/login", &[("credentials", &credentials)])
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    server.faults().clear();
    server.faults().set(Fault::CutAfter(100));
    let cut = api
        .client
        .get(format!("{}/apps?full=", api.base))
        .send()
        .await;
    let cut = match cut {
        Ok(answer) => answer.bytes().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(cut.is_err());
}
