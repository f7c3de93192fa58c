//! The server's certificate: what was accepted, and the check that lets nothing be sent to another.
//!
//! A certificate that authorities sign is replaced every few weeks, with its key: a person who was asked each time would soon
//! accept anything. So the one exception: where an authority that this computer trusts vouched for the accepted certificate,
//! another that such an authority vouches for, for the same name and now, takes its place. That is as good as what a browser
//! asks for; where the accepted certificate vouches for itself, nothing takes its place but by a person.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use sha2::{Digest, Sha256};

use super::authorities::Authorities;

/// SHA-256 of a certificate, as browsers show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate.as_ref()).into())
    }

    /// Reads 64 hexadecimal digits, with or without colons. None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .trim()
            .bytes()
            .filter(|byte| *byte != b':')
            .map(|byte| {
                char::from(byte)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            })
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits
            .chunks(2)
            .filter_map(|pair| Some(pair.first()? * 16 + pair.get(1)?))
            .collect();
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Fingerprint {
    /// `AB:CD:…`, as browsers and `openssl x509 -fingerprint -sha256` write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(":")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A certificate that a server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

/// A certificate that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub fingerprint: Fingerprint,
    /// Whether an authority that this computer trusts vouched for it when the server showed it.
    pub vouched: bool,
}

impl From<Fingerprint> for Accepted {
    /// A person said that it is this one; whether anybody vouches for it is seen when the server shows it.
    fn from(fingerprint: Fingerprint) -> Self {
        Self {
            fingerprint,
            vouched: false,
        }
    }
}

/// Takes the accepted certificate, or the one that follows it. Names and dates of the accepted one do not count: a person
/// said that it is this one.
#[derive(Debug)]
pub(super) struct Pin {
    accepted: Mutex<Option<Accepted>>,
    /// What was shown last, where it was not taken.
    strange: Mutex<Option<Offered>>,
    authorities: Authorities,
    provider: Arc<CryptoProvider>,
}

impl Pin {
    pub(super) fn new(
        accepted: Option<Accepted>,
        authorities: Authorities,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Self {
            accepted: Mutex::new(accepted),
            strange: Mutex::default(),
            authorities,
            provider,
        }
    }

    /// The accepted one, with what was learned of it since, or the one that followed it.
    pub(super) fn accepted(&self) -> Option<Accepted> {
        *self.known()
    }

    /// The other certificate that was shown, once.
    pub(super) fn take_strange(&self) -> Option<Offered> {
        self.strange
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn known(&self) -> MutexGuard<'_, Option<Accepted>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let fingerprint = Fingerprint::of(end_entity);
        let ask = || {
            self.authorities
                .vouch(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let taken = self.accepted().and_then(|known| {
            match (known.fingerprint == fingerprint, known.vouched) {
                (true, true) => Some(known),
                (true, false) => Some(Accepted {
                    fingerprint,
                    vouched: ask(),
                }),
                (false, true) => ask().then_some(Accepted {
                    fingerprint,
                    vouched: true,
                }),
                // What vouches for itself is followed by nothing but by what a person accepts.
                (false, false) => None,
            }
        });
        if taken.is_some() {
            *self.known() = taken;
            return Ok(ServerCertVerified::assertion());
        }
        *self.strange.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Offered { fingerprint });
        Err(Error::InvalidCertificate(
            CertificateError::ApplicationVerificationFailure,
        ))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd,
    };

    use super::*;

    const DOMAIN: &str = "nuage.glycines.example";

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// A certificate for this name with a key of its own, valid for the year 2026.
    fn signed(by: &CertifiedIssuer<'_, KeyPair>, name: &str) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2027, 1, 1);
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, by).unwrap().into()
    }

    fn for_itself(name: &str) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        made.cert.into()
    }

    fn pin(accepted: Accepted, trusted: &CertifiedIssuer<'_, KeyPair>) -> Pin {
        let authorities = Authorities::these([trusted.der().to_vec()]).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Pin::new(Some(accepted), authorities, provider)
    }

    /// Whether it is taken in this year, when the server goes by this name.
    fn taken(pin: &Pin, shown: &CertificateDer<'_>, year: i32) -> bool {
        let name = ServerName::try_from(DOMAIN).unwrap();
        let since = date_time_ymd(year, 7, 1).unix_timestamp();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(since.try_into().unwrap()));
        pin.verify_server_cert(shown, &[], &name, &[], now).is_ok()
    }

    #[test]
    fn what_an_authority_vouches_for_is_followed_by_what_one_vouches_for_and_by_nothing_else() {
        let (known, unknown) = (authority(), authority());
        let first = signed(&known, DOMAIN);
        let pin = pin(Fingerprint::of(&first).into(), &known);
        let renewed = signed(&known, DOMAIN);
        assert!(
            !taken(&pin, &renewed, 2026),
            "nobody has seen the accepted one yet"
        );
        assert!(taken(&pin, &first, 2026));
        assert_eq!(
            pin.accepted(),
            Some(Accepted {
                fingerprint: Fingerprint::of(&first),
                vouched: true
            })
        );
        for (why, other) in [
            ("it vouches for itself", for_itself(DOMAIN)),
            ("nobody knows who signed it", signed(&unknown, DOMAIN)),
            ("it is another name's", signed(&known, "elsewhere.example")),
        ] {
            assert!(!taken(&pin, &other, 2026), "{why}");
            let strange = pin.take_strange().map(|offered| offered.fingerprint);
            assert_eq!(strange, Some(Fingerprint::of(&other)), "{why}");
        }
        assert!(!taken(&pin, &renewed, 2028), "it has ended");
        assert!(taken(&pin, &renewed, 2026));
        assert_eq!(
            pin.accepted(),
            Some(Accepted {
                fingerprint: Fingerprint::of(&renewed),
                vouched: true
            })
        );
        assert!(
            taken(&pin, &renewed, 2028),
            "the accepted one is taken, whatever its dates say"
        );
        assert!(
            taken(&pin, &first, 2026),
            "an authority vouches for it as well"
        );
    }

    #[test]
    fn what_a_person_alone_accepted_is_followed_by_nothing() {
        let known = authority();
        let own = for_itself(DOMAIN);
        let pin = pin(Fingerprint::of(&own).into(), &known);
        assert!(taken(&pin, &own, 2026));
        assert_eq!(pin.accepted(), Some(Fingerprint::of(&own).into()));
        for other in [signed(&known, DOMAIN), for_itself(DOMAIN)] {
            assert!(!taken(&pin, &other, 2026));
        }
        assert!(taken(&pin, &own, 2026), "it is still the accepted one");
    }

    #[test]
    fn a_fingerprint_is_64_hexadecimal_digits_and_nothing_else() {
        let plain = "00ff".repeat(16);
        let read = Fingerprint::parse(&plain).unwrap();
        let shown = read.to_string();
        assert_eq!(shown.len(), 95);
        assert!(shown.starts_with("00:FF:00:FF:"));
        assert_eq!(Fingerprint::parse(&shown), Some(read));
        for bad in [
            "",
            "00",
            &plain[1..],
            &format!("{plain}00"),
            &plain.replace('f', "g"),
        ] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
    }
}
