//! An account's own key pair. Its secret half is what the ways in (password, keyring, recovery key) open; to its public
//! half others seal the keys that they grant, without knowing any of its passwords (HPKE, RFC 9180: X25519,
//! HKDF-SHA256, ChaCha20-Poly1305).

use base64::{Engine, prelude::BASE64_STANDARD};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use zeroize::Zeroizing;

use crate::VaultError;

/// What every grant is made for.
const INFO: &[u8] = b"towerify grant v1";

/// The length of an encapsulated X25519 key, in bytes.
const ENCAPSULATED: usize = 32;

/// The secret half. No `Debug`, no `Serialize`; wiped from memory when dropped.
#[derive(Clone)]
pub(crate) struct AccountKey(Zeroizing<[u8; 32]>);

/// The public half, as the key file has it: in base64.
pub(crate) type PublicKey = String;

impl AccountKey {
    /// A new pair, from the operating system's random numbers.
    pub(crate) fn generate() -> Result<(Self, PublicKey), VaultError> {
        let mut seed = Zeroizing::new([0u8; 32]);
        getrandom::fill(seed.as_mut()).map_err(|_| VaultError::Random)?;
        let (secret, public) = X25519HkdfSha256::derive_keypair(seed.as_ref());
        let mut bytes = Zeroizing::new([0u8; 32]);
        secret.write_exact(bytes.as_mut());
        Ok((Self(bytes), BASE64_STANDARD.encode(public.to_bytes())))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Opens what was sealed to the public half for this use, or `None` when it was sealed to another or for another.
    pub(crate) fn open(&self, sealed: &str, bound_to: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let sealed = BASE64_STANDARD.decode(sealed).ok()?;
        let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED)?;
        let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
        let secret = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(self.0.as_ref()).ok()?;
        let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &encapsulated,
            INFO,
            ciphertext,
            bound_to,
        )
        .map(Zeroizing::new)
        .ok()?;
        <[u8; 32]>::try_from(plain.as_slice())
            .map(Zeroizing::new)
            .ok()
    }
}

/// Seals a key of 32 bytes to an account's public half, for one use.
pub(crate) fn seal_to(public: &str, key: &[u8; 32], bound_to: &[u8]) -> Result<String, VaultError> {
    let damaged = VaultError::Damaged {
        reason: "an account's public key is wrong",
    };
    let Some(public) = BASE64_STANDARD
        .decode(public)
        .ok()
        .and_then(|bytes| <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&bytes).ok())
    else {
        return Err(damaged);
    };
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<
        ChaCha20Poly1305,
        HkdfSha256,
        X25519HkdfSha256,
    >(&OpModeS::Base, &public, INFO, key, bound_to)
    .map_err(|_| damaged)?;
    Ok(BASE64_STANDARD.encode([&encapsulated.to_bytes()[..], &ciphertext].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_to_an_account_opens_with_its_secret_half_for_its_use_and_no_other() {
        let (ours, public) = AccountKey::generate().unwrap();
        let (theirs, _) = AccountKey::generate().unwrap();
        let sealed = seal_to(&public, &[7; 32], b"use").unwrap();
        assert_eq!(*ours.open(&sealed, b"use").unwrap(), [7; 32]);
        assert!(theirs.open(&sealed, b"use").is_none());
        assert!(ours.open(&sealed, b"other").is_none());
    }

    #[test]
    fn a_grant_with_a_bit_changed_or_cut_short_does_not_open() {
        let (ours, public) = AccountKey::generate().unwrap();
        let sealed = BASE64_STANDARD
            .decode(seal_to(&public, &[7; 32], b"use").unwrap())
            .unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // The highest bit of an X25519 point is not used (RFC 7748), but is part of what HPKE binds.
            assert!(
                ours.open(&BASE64_STANDARD.encode(changed), b"use")
                    .is_none(),
                "bit {bit}"
            );
        }
        for length in 0..sealed.len() {
            assert!(
                ours.open(&BASE64_STANDARD.encode(&sealed[..length]), b"use")
                    .is_none()
            );
        }
    }

    #[test]
    fn a_public_half_that_is_none_is_refused() {
        for wrong in ["", "not base64!", "AAAA"] {
            assert!(matches!(
                seal_to(wrong, &[7; 32], b"use"),
                Err(VaultError::Damaged { .. })
            ));
        }
    }
}
