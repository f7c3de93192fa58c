//! A server's certificate that an authority renews, against a door of our own that shows one after the other.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, Stream,
    crypto::ring::{default_provider, sign::any_supported_type},
    pki_types::{CertificateDer, PrivateKeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use towerify_driver::portal::Authorities;

use super::*;

const DOMAIN: &str = "nuage.glycines.example";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Authority::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certified(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<CertifiedKey> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = any_supported_type(&key).unwrap();
    Arc::new(CertifiedKey::new(vec![certificate], key))
}

/// Another certificate with another key, signed by this authority.
fn signed(by: &Authority) -> Arc<CertifiedKey> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![DOMAIN.to_owned()]).unwrap();
    certified(params.signed_by(&key, by).unwrap().into(), &key)
}

/// One that vouches for itself, as a new YunoHost's does.
fn for_itself() -> Arc<CertifiedKey> {
    let made = rcgen::generate_simple_self_signed(vec![DOMAIN.to_owned()]).unwrap();
    certified(made.cert.into(), &made.signing_key)
}

#[derive(Clone, Debug)]
struct Shown(Arc<Mutex<Arc<CertifiedKey>>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.lock().unwrap()))
    }
}

/// A portal that knows one user and answers until the test ends.
struct PortalOfOne {
    port: u16,
    shown: Shown,
    /// What it was asked, beginning with the method.
    asked: Arc<Mutex<Vec<String>>>,
}

impl PortalOfOne {
    fn open(first: Arc<CertifiedKey>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shown = Shown(Arc::new(Mutex::new(first)));
        let asked = Arc::default();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown.clone()));
        let (config, noted) = (Arc::new(config), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that does not take the certificate goes away in the middle.
                let _ = answer(stream, Arc::clone(&config), &noted);
            }
        });
        Self { port, shown, asked }
    }

    fn shows(&self, certificate: Arc<CertifiedKey>) {
        *self.shown.0.lock().unwrap() = certificate;
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn address(&self) -> PlaceAddress {
        PlaceAddress {
            domain: DOMAIN.into(),
            machine: "127.0.0.1".into(),
            port: self.port,
        }
    }
}

fn answer(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    noted: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut connection = ServerConnection::new(config).unwrap();
    let mut stream = Stream::new(&mut connection, &mut stream);
    let mut said = Vec::new();
    let mut piece = [0_u8; 4096];
    let request = loop {
        let n = stream.read(&mut piece)?;
        said.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&said).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) || n == 0 {
                break head.lines().next().unwrap_or_default().to_owned();
            }
        }
    };
    let (more, body) = match request
        .split(' ')
        .nth(1)
        .and_then(|path| path.rsplit('/').next())
    {
        Some("public") => (
            "",
            format!(r#"{{"domain": "{DOMAIN}", "portal_title": "Nuage"}}"#),
        ),
        Some("login") => (
            "Set-Cookie: yunohost.portal=of-one; Path=/\r\n",
            "Logged in".into(),
        ),
        Some("me") => (
            "",
            r#"{"username": "a.perrin", "fullname": "Anne Perrin", "mail": "", "apps": {}}"#.into(),
        ),
        _ => ("", "{}".into()),
    };
    noted.lock().unwrap().push(request);
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n");
    stream.write_all((head + &body).as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

struct Case {
    home: TempDir,
    program: Program,
    portal: PortalOfOne,
    id: PlaceId,
}

impl Case {
    /// Somebody who accepted this certificate, on a computer that trusts this authority alone.
    async fn new(trusted: &Authority, first: Arc<CertifiedKey>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let program =
            program(&home).trusting(Authorities::these([trusted.der().to_vec()]).unwrap());
        let portal = PortalOfOne::open(first);
        let visitor = Visitor::of(&program);
        let shown = portal::look(&program, &visitor, portal.address()).await;
        let new = NewPlace {
            address: portal.address(),
            username: "a.perrin".into(),
            password: secret("Une phrase 2026"),
            fingerprint: shown.unwrap().fingerprint,
        };
        let id = portal::add(&program, &visitor, new).await.unwrap();
        Self {
            home,
            program,
            portal,
            id,
        }
    }

    async fn standing(&self) -> Standing {
        let visitor = Visitor::of(&self.program);
        portal::refresh(&self.program, &visitor).await.unwrap();
        let launcher = portal::launcher(&self.program, &visitor).await.unwrap();
        launcher.places[0].standing.clone()
    }

    /// The server shows this one from now on: whether it is asked anything.
    async fn takes(&self, certificate: &Arc<CertifiedKey>) -> bool {
        self.portal.shows(Arc::clone(certificate));
        let before = self.portal.asked();
        let standing = self.standing().await;
        let taken = matches!(standing, Standing::Answers { .. });
        assert!(
            taken || matches!(standing, Standing::CertificateChanged { .. }),
            "{standing:?}"
        );
        assert_eq!(
            self.portal.asked() > before,
            taken,
            "nothing is sent to another"
        );
        taken
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_an_authority_renews_is_taken_and_any_other_asks() {
    let (known, unknown) = (authority(), authority());
    let case = Case::new(&known, signed(&known)).await;
    let renewed = signed(&known);
    assert!(case.takes(&renewed).await);
    let visitor = Visitor::of(&case.program);
    let launcher = portal::launcher(&case.program, &visitor).await.unwrap();
    assert!(launcher.places[0].signed_in, "the session goes on");
    // It is the accepted one now, after a start as well.
    let again = program(&case.home);
    let portal_is = |standing| matches!(standing, Standing::Answers { .. });
    portal::refresh(&again, &Visitor::of(&again)).await.unwrap();
    let launcher = portal::launcher(&again, &Visitor::of(&again))
        .await
        .unwrap();
    assert!(portal_is(launcher.places[0].standing.clone()));
    assert!(case.takes(&signed(&known)).await, "and the next");
    for other in [for_itself(), signed(&unknown)] {
        assert!(!case.takes(&other).await);
    }
    // What a person then accepts stands for itself: an authority's word is not enough to follow it.
    let own = for_itself();
    case.portal.shows(Arc::clone(&own));
    let Standing::CertificateChanged { shown, .. } = case.standing().await else {
        panic!("it is another one")
    };
    portal::accept_certificate(&case.program, &visitor, case.id, &shown)
        .await
        .unwrap();
    assert!(case.takes(&own).await);
    assert!(!case.takes(&signed(&known)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouched_for_is_followed_by_none_without_a_person() {
    let known = authority();
    let case = Case::new(&known, for_itself()).await;
    assert!(!case.takes(&for_itself()).await);
    assert!(!case.takes(&signed(&known)).await);
}
