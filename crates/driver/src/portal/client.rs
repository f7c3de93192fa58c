//! One portal: one server, one domain, at most one session.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{COOKIE, HOST, HeaderValue},
    redirect::Policy,
};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use towerify_yunohost::portal::{self as api, Change, Me, Public, Refused};

use super::{
    authorities::Authorities,
    certificate::{Accepted, Pin},
    cookie::{self, Turn},
    error::PortalError,
};
use crate::json;

type Result<T> = std::result::Result<T, PortalError>;

/// The largest answer of the API that is read. A tile has some 400 bytes.
const MOST: usize = 2 << 20;
/// The largest picture that is read.
const MOST_OF_A_LOGO: usize = 128 << 10;
/// How every PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Where a portal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The domain that has the portal: it is what the server goes by, for settings, apps and who may log in.
    pub domain: String,
    /// The machine, where it is not what the domain's name says: a name or an address.
    pub machine: Option<String>,
    /// The port; 443.
    pub port: u16,
}

impl Door {
    /// As it is said in errors: the domain, with the machine and the port where they are not the usual.
    pub fn endpoint(&self) -> String {
        let host = self.machine.as_deref().unwrap_or(&self.domain);
        match (host == self.domain, self.port) {
            (true, 443) => self.domain.clone(),
            (_, port) if host.contains(':') => format!("[{host}]:{port}"),
            (_, port) => format!("{host}:{port}"),
        }
    }
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For an answer, from the question on. A server without its LDAP takes 18 s to say so, and logins queue.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(35),
        }
    }
}

/// A portal, and the session that one has with it.
pub struct Portal {
    door: Door,
    /// The domain as it stands in DNS: `xn--…` where it is not ASCII.
    host: String,
    limits: Limits,
    pin: Arc<Pin>,
    tls: ClientConfig,
    session: Mutex<Option<SecretString>>,
}

impl std::fmt::Debug for Portal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portal")
            .field("door", &self.door)
            .field("accepted", &self.pin.accepted())
            .finish_non_exhaustive()
    }
}

impl Portal {
    /// Asks nothing yet. Without an accepted certificate every question ends with [`PortalError::CertificateUnknown`],
    /// before anything is sent.
    ///
    /// # Errors
    /// [`PortalError::Setup`].
    pub fn new(
        door: Door,
        accepted: Option<Accepted>,
        authorities: &Authorities,
        limits: Limits,
    ) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let pin = Arc::new(Pin::new(
            accepted,
            authorities.clone(),
            Arc::clone(&provider),
        ));
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| setup(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&pin) as Arc<_>)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session shows no certificate: every connection is looked at.
        tls.resumption = rustls::client::Resumption::disabled();
        let url =
            Url::parse(&format!("https://{}/", door.domain)).map_err(|error| setup(&error))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self {
            door,
            host,
            limits,
            pin,
            tls,
            session: Mutex::default(),
        })
    }

    /// Where it is.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// The accepted certificate as it is known by now: that an authority vouches for it, or the one that followed it.
    pub fn accepted(&self) -> Option<Accepted> {
        self.pin.accepted()
    }

    /// Whether there is a session, as far as is known without asking.
    pub fn has_session(&self) -> bool {
        self.session().is_some()
    }

    /// What the domain says to everybody. It is how one finds out that a server is there, and that it is one.
    ///
    /// # Errors
    /// Those of reaching it; [`PortalError::NotAPortal`].
    pub async fn public(&self) -> Result<Public> {
        let answer = self.ask(Method::GET, "/public", None).await?;
        if answer.status != StatusCode::OK {
            return Err(self.not_a_portal(answer.status));
        }
        let said = parsed(&answer.body).map_err(|_| PortalError::NotAPortal {
            endpoint: self.door.endpoint(),
        })?;
        Public::read(said).map_err(|_| PortalError::NotAPortal {
            endpoint: self.door.endpoint(),
        })
    }

    /// Opens a session. Asked once: twenty refusals within ten minutes shut this computer's address out.
    ///
    /// # Errors
    /// [`PortalError::LoginRefused`], [`PortalError::Password`], and those of reaching it.
    pub async fn login(&self, username: &str, password: &SecretString) -> Result<()> {
        api::check_current_password(password).map_err(|rule| PortalError::Password {
            field: "currentpassword",
            rule,
        })?;
        self.forget_session();
        let username = api::username_as_sent(username);
        let body = json!({"credentials": format!("{username}:{}", password.expose_secret())});
        let answer = self.ask(Method::POST, "/login", Some(&body)).await?;
        match answer.status {
            StatusCode::OK if self.has_session() => Ok(()),
            StatusCode::UNAUTHORIZED => Err(PortalError::LoginRefused),
            status => Err(self.not_a_portal(status)),
        }
    }

    /// Who is logged in, and what they may open.
    ///
    /// # Errors
    /// [`PortalError::SessionEnded`], and those of reaching it.
    pub async fn me(&self) -> Result<Me> {
        let answer = self.ask_as_user(Method::GET, "/me", None).await?;
        match answer.status {
            StatusCode::OK => {
                Me::read(parsed(&answer.body)?).map_err(|error| PortalError::Nonsense {
                    why: error.to_string(),
                })
            }
            status => Err(self.unexpected(status)),
        }
    }

    /// Changes what one may change of oneself, and reads it again: the server's "done" alone proves nothing.
    ///
    /// # Errors
    /// [`PortalError::Rejected`], [`PortalError::NotDone`], [`PortalError::SessionEnded`], and those of reaching it.
    pub async fn update(&self, change: &Change) -> Result<Me> {
        if !change.is_empty() {
            self.put(&change.body()).await?;
        }
        let me = self.me().await?;
        if change.is_done(&me) {
            Ok(me)
        } else {
            Err(PortalError::NotDone)
        }
    }

    /// Changes the password, and proves it by a new session. Every session of this user ends by it, those of other
    /// programs too.
    ///
    /// # Errors
    /// [`PortalError::Password`] before anything is sent, [`PortalError::Rejected`] where nothing was changed,
    /// [`PortalError::Unproven`], and those of reaching it.
    pub async fn change_password(
        &self,
        username: &str,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()> {
        let refused = |field| move |rule| PortalError::Password { field, rule };
        api::check_current_password(current).map_err(refused("currentpassword"))?;
        api::check_new_password(new).map_err(refused("newpassword"))?;
        let body = json!({
            "currentpassword": current.expose_secret(),
            "newpassword": new.expose_secret(),
        });
        self.put(&body).await?;
        // 12.1 still sets the cookie of the session that it ended, 12.0 clears it.
        self.forget_session();
        match self.login(username, new).await {
            Err(PortalError::LoginRefused) => Err(PortalError::Unproven),
            other => other,
        }
    }

    /// Ends the session, on the server too. A server that does not answer keeps it for three days at most; here it is
    /// forgotten in any case.
    ///
    /// # Errors
    /// Those of reaching it.
    pub async fn logout(&self) -> Result<()> {
        if !self.has_session() {
            return Ok(());
        }
        let asked = self.ask(Method::GET, "/logout", None).await;
        self.forget_session();
        asked.map(drop)
    }

    /// The picture at a path that a tile named, a PNG; none where there is none, or it is something else.
    ///
    /// # Errors
    /// Those of reaching it.
    pub async fn logo(&self, path: &str) -> Result<Option<Vec<u8>>> {
        if !path.starts_with("/yunohost/sso/applogos/") {
            return Ok(None);
        }
        let response = self.send(Method::GET, path, None, None).await?;
        if response.status() != StatusCode::OK {
            return Ok(None);
        }
        match self.body(response, MOST_OF_A_LOGO).await {
            Ok(picture) => Ok(picture.starts_with(PNG).then_some(picture)),
            Err(PortalError::TooMuch) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn put(&self, body: &Value) -> Result<()> {
        let answer = self.ask_as_user(Method::PUT, "/update", Some(body)).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(()),
            StatusCode::BAD_REQUEST => Err(PortalError::Rejected(Refused::read(&answer.body))),
            status => Err(self.unexpected(status)),
        }
    }

    /// Asks as the user who is logged in; without a session nothing is sent.
    async fn ask_as_user(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        if !self.has_session() {
            return Err(PortalError::SessionEnded);
        }
        let answer = self.ask(method, path, body).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.forget_session();
            return Err(PortalError::SessionEnded);
        }
        Ok(answer)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let cookie = self.session().as_ref().and_then(cookie::header);
        let path = format!("{}{path}", api::PREFIX);
        let response = self.send(method, &path, cookie, body).await?;
        let status = response.status();
        match cookie::turn(response.headers()) {
            Turn::Kept => {}
            Turn::Ended => self.forget_session(),
            Turn::Renewed(cookie) => *self.session() = Some(cookie),
        }
        let body = self.body(response, MOST).await?;
        Ok(Answer { status, body })
    }

    /// Sends one request, with the domain as SNI and as Host.
    async fn send(
        &self,
        method: Method,
        path: &str,
        cookie: Option<HeaderValue>,
        body: Option<&Value>,
    ) -> Result<Response> {
        let host = HeaderValue::from_str(&self.host).map_err(|error| setup(&error))?;
        let url = format!("https://{}:{}{path}", self.host, self.door.port);
        let mut request = self.client().await?.request(method, url).header(HOST, host);
        if let Some(cookie) = cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.map_err(|error| self.failed(&error))
    }

    /// A client for one question. One that is kept would hold a connection whose certificate was looked at long ago.
    async fn client(&self) -> Result<Client> {
        let addresses = self.addresses().await?;
        Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .https_only(true)
            .redirect(Policy::none())
            .no_proxy()
            .resolve_to_addrs(&self.host, &addresses)
            .connect_timeout(self.limits.connect)
            .timeout(self.limits.answer)
            .pool_max_idle_per_host(0)
            .user_agent("Towerify")
            .build()
            .map_err(|error| setup(&error))
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>> {
        let host = self.door.machine.as_deref().unwrap_or(&self.host);
        let lookup = tokio::net::lookup_host((host, self.door.port));
        let found = tokio::time::timeout(self.limits.connect, lookup)
            .await
            .map_err(|_| self.timed_out(self.limits.connect))?;
        let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
        if addresses.is_empty() {
            return Err(PortalError::NameNotFound {
                host: host.to_owned(),
            });
        }
        Ok(addresses)
    }

    async fn body(&self, mut response: Response, most: usize) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            if body.len() + piece.len() > most {
                return Err(PortalError::TooMuch);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// Why a request got no answer.
    fn failed(&self, error: &reqwest::Error) -> PortalError {
        let endpoint = self.door.endpoint();
        if let Some(offered) = self.pin.take_strange() {
            return match self.pin.accepted() {
                Some(accepted) => PortalError::CertificateChanged {
                    endpoint,
                    pinned: accepted.fingerprint,
                    offered,
                },
                None => PortalError::CertificateUnknown { endpoint, offered },
            };
        }
        if error.is_timeout() {
            let after = if error.is_connect() {
                self.limits.connect
            } else {
                self.limits.answer
            };
            return self.timed_out(after);
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(at) = cause {
            if is_tls_fault(at) {
                return PortalError::NotTls { endpoint };
            }
            if let Some(io) = at.downcast_ref::<std::io::Error>() {
                use std::io::ErrorKind::{
                    ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut,
                };
                match io.kind() {
                    ConnectionRefused | HostUnreachable | NetworkUnreachable => {
                        return PortalError::Refused { endpoint };
                    }
                    TimedOut => return self.timed_out(self.limits.connect),
                    _ => {}
                }
            }
            cause = at.source();
        }
        PortalError::Cut { endpoint }
    }

    fn timed_out(&self, after: Duration) -> PortalError {
        PortalError::TimedOut {
            endpoint: self.door.endpoint(),
            after,
        }
    }

    /// A status that a portal never answers with is another program's; one that says that the server failed is kept.
    fn not_a_portal(&self, status: StatusCode) -> PortalError {
        if status.is_server_error() {
            return PortalError::Failed {
                status: status.as_u16(),
            };
        }
        PortalError::NotAPortal {
            endpoint: self.door.endpoint(),
        }
    }

    fn unexpected(&self, status: StatusCode) -> PortalError {
        PortalError::Failed {
            status: status.as_u16(),
        }
    }

    fn session(&self) -> std::sync::MutexGuard<'_, Option<SecretString>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_session(&self) {
        *self.session() = None;
    }
}

struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

/// JSON by what it is, not by its type: only some answers are typed so.
fn parsed(body: &[u8]) -> Result<Value> {
    json::parse(body).map_err(|fault| PortalError::Nonsense {
        why: fault.to_string(),
    })
}

/// Whether this is what rustls says, which comes wrapped in errors of the connection.
fn is_tls_fault(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .is_some_and(|inner| is_tls_fault(inner))
}

fn setup(error: &dyn std::fmt::Display) -> PortalError {
    PortalError::Setup {
        why: error.to_string(),
    }
}
