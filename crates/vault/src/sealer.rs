//! Values sealed once more inside the encrypted database: XChaCha20-Poly1305 under a key for one purpose, bound to
//! the table, column and row where the value lives, so that a value moved elsewhere does not open.
//!
//! A sealed value is: version (1 byte, 1) · nonce (24) · ciphertext · tag (16).

use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{DataKey, SealError};

const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;

/// Where a sealed value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

/// Seals and opens values under one key: the data key for one purpose, or the key of a privilege. Clones share what a
/// rotation changes.
#[derive(Clone)]
pub struct Sealer {
    ciphers: Arc<RwLock<Ciphers>>,
}

#[derive(Clone, Default)]
struct Ciphers {
    /// None where the account that is open does not hold the key.
    now: Option<XChaCha20Poly1305>,
    /// The key before it was replaced: it opens what was sealed until then.
    former: Option<XChaCha20Poly1305>,
}

impl Sealer {
    /// The sealer of `purpose` in the workspace of `key`: every account of the workspace can open what it seals. Another
    /// purpose can't.
    pub fn new(key: &DataKey, purpose: &str) -> Self {
        let derived = key.derive(&format!("seal/{purpose}"));
        Self::of(Ciphers {
            now: Some(XChaCha20Poly1305::new((&*derived).into())),
            former: None,
        })
    }

    fn of(ciphers: Ciphers) -> Self {
        Self {
            ciphers: Arc::new(RwLock::new(ciphers)),
        }
    }

    fn ciphers(&self) -> Ciphers {
        self.ciphers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The same, opening also what `former` opens.
    pub(crate) fn after(self, former: &Self) -> Self {
        Self::of(Ciphers {
            former: former.ciphers().now,
            ..self.ciphers()
        })
    }

    /// Seals and opens from now on as `other` does, for all who share it: the key was replaced.
    pub fn follow(&self, other: &Self) {
        *self.ciphers.write().unwrap_or_else(PoisonError::into_inner) = other.ciphers();
    }

    /// The sealer under the key of this name: whoever was granted it opens what it seals.
    pub(crate) fn under(key: &[u8; 32], name: &str) -> Self {
        Self::new(&DataKey::from_bytes(*key), name)
    }

    /// The sealer of an account that does not hold the key: it seals and opens nothing.
    pub(crate) fn none() -> Self {
        Self::of(Ciphers::default())
    }

    /// Seals `plain` for its place.
    ///
    /// # Errors
    /// [`SealError::Random`] when the system gives no nonce; [`SealError::NotHeld`].
    pub fn seal(&self, place: Place, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let cipher = self.ciphers().now.ok_or(SealError::NotHeld)?;
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
        let sealed = cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: &place.associated_data(),
                },
            )
            .map_err(|_| SealError::Damaged)?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens a value that was sealed for this place.
    ///
    /// # Errors
    /// [`SealError::Truncated`], [`SealError::Newer`], [`SealError::NotHeld`], or [`SealError::Damaged`] for changed bits,
    /// swapped rows and wrong keys alike.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let ciphers = self.ciphers();
        let now = ciphers.now.ok_or(SealError::NotHeld)?;
        let (version, rest) = sealed.split_first().ok_or(SealError::Truncated)?;
        if *version != VERSION {
            return Err(SealError::Newer { found: *version });
        }
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::Truncated)?;
        if ciphertext.len() < TAG {
            return Err(SealError::Truncated);
        }
        let aad = place.associated_data();
        let opened = |cipher: &XChaCha20Poly1305| {
            let payload = Payload {
                msg: ciphertext,
                aad: &aad,
            };
            cipher.decrypt(&XNonce::from(*nonce), payload).ok()
        };
        opened(&now)
            .or_else(|| ciphers.former.as_ref().and_then(opened))
            .map(Zeroizing::new)
            .ok_or(SealError::Damaged)
    }

    /// [`Sealer::seal`] for a password, a token or a key's text.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_text(&self, place: Place, plain: &SecretString) -> Result<Vec<u8>, SealError> {
        self.seal(place, plain.expose_secret().as_bytes())
    }

    /// [`Sealer::open`] for a password, a token or a key's text.
    ///
    /// # Errors
    /// As [`Sealer::open`], and [`SealError::NotText`].
    pub fn open_text(&self, place: Place, sealed: &[u8]) -> Result<SecretString, SealError> {
        let plain = self.open(place, sealed)?;
        std::str::from_utf8(&plain)
            .map(SecretString::from)
            .map_err(|_| SealError::NotText)
    }
}

impl Place {
    /// Table, column and row, each with its length in front: no two places give the same bytes.
    fn associated_data(&self) -> Vec<u8> {
        let mut bytes = b"towerify sealed v1".to_vec();
        for part in [
            self.table.as_bytes(),
            self.column.as_bytes(),
            self.row.as_bytes(),
        ] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Uuid = Uuid::from_u128(1);
    const PLACE: Place = Place {
        table: "credentials",
        column: "secret",
        row: ROW,
    };

    fn sealer() -> Sealer {
        Sealer::new(&DataKey::from_bytes([1; 32]), "ssh")
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_and_two_seals_differ() {
        let secret = SecretString::from("corne-de-brume");
        let (a, b) = (
            sealer().seal_text(PLACE, &secret).unwrap(),
            sealer().seal_text(PLACE, &secret).unwrap(),
        );
        assert_ne!(a, b);
        assert_eq!(
            sealer().open_text(PLACE, &a).unwrap().expose_secret(),
            "corne-de-brume"
        );
        assert!(!a.windows(5).any(|w| w == b"corne"));
    }

    #[test]
    fn a_value_moved_to_another_table_column_or_row_does_not_open() {
        let sealed = sealer().seal(PLACE, b"x").unwrap();
        for moved in [
            Place {
                table: "settings",
                ..PLACE
            },
            Place {
                column: "sudo_password",
                ..PLACE
            },
            Place {
                row: Uuid::from_u128(2),
                ..PLACE
            },
            // The same letters cut elsewhere.
            Place {
                table: "credentialss",
                column: "ecret",
                ..PLACE
            },
        ] {
            assert_eq!(
                sealer().open(moved, &sealed).err(),
                Some(SealError::Damaged),
                "{moved:?}"
            );
        }
    }

    #[test]
    fn another_purpose_or_another_workspace_does_not_open_it() {
        let sealed = sealer().seal(PLACE, b"x").unwrap();
        let others = [
            Sealer::new(&DataKey::from_bytes([1; 32]), "api"),
            Sealer::new(&DataKey::from_bytes([2; 32]), "ssh"),
        ];
        for other in others {
            assert_eq!(other.open(PLACE, &sealed).err(), Some(SealError::Damaged));
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_a_typed_error() {
        let sealed = sealer().seal(PLACE, b"secret").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = sealer().open(PLACE, &flipped).err().unwrap();
            let expected = if bit < 8 {
                SealError::Newer { found: flipped[0] }
            } else {
                SealError::Damaged
            };
            assert_eq!(error, expected, "bit {bit}");
        }
        for length in 0..sealed.len() {
            let error = sealer().open(PLACE, &sealed[..length]).err().unwrap();
            let expected = if length < 1 + NONCE + TAG {
                SealError::Truncated
            } else {
                SealError::Damaged
            };
            assert_eq!(error, expected, "length {length}");
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_not_given_as_text() {
        let sealed = sealer().seal(PLACE, &[0xff, 0xfe]).unwrap();
        assert_eq!(
            sealer().open_text(PLACE, &sealed).err(),
            Some(SealError::NotText)
        );
    }
}
