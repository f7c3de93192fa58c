//! From a password to the key that wraps an account's secret: Argon2id (RFC 9106), with its parameters stored.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::VaultError;

/// What a derivation costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub m_kib: u32,
    /// Passes over it.
    pub t: u32,
    /// Lanes.
    pub p: u32,
}

impl Cost {
    /// The least that is accepted from a file (design: 64 MiB, 3 passes).
    pub const FLOOR: Cost = Cost {
        m_kib: 64 * 1024,
        t: 3,
        p: 1,
    };
    /// What new passwords get; raised over time. Never below the floor.
    pub const TODAY: Cost = Self::FLOOR;
    /// The most that is accepted from a file: a forged one must not exhaust the machine.
    pub const CEILING: Cost = Cost {
        m_kib: 2 * 1024 * 1024,
        t: 64,
        p: 16,
    };
}

/// How a password becomes a key: algorithm, cost and salt, as stored in the key file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kdf {
    /// Always `argon2id` (version 0x13).
    pub alg: String,
    /// Memory in KiB.
    pub m_kib: u32,
    /// Passes.
    pub t: u32,
    /// Lanes.
    pub p: u32,
    /// 16 random bytes, in base64.
    pub salt: String,
}

const ALGORITHM: &str = "argon2id";

impl Kdf {
    /// A fresh salt at today's cost.
    pub(crate) fn fresh() -> Result<Self, VaultError> {
        let mut salt = [0u8; 16];
        getrandom::fill(&mut salt).map_err(|_| VaultError::Random)?;
        let Cost { m_kib, t, p } = Cost::TODAY;
        Ok(Self {
            alg: ALGORITHM.into(),
            m_kib,
            t,
            p,
            salt: BASE64_STANDARD.encode(salt),
        })
    }

    /// Refuses what is weaker than the floor, or so heavy that it can only be meant to harm.
    pub(crate) fn check(&self) -> Result<(), VaultError> {
        let (floor, ceiling) = (Cost::FLOOR, Cost::CEILING);
        if self.alg != ALGORITHM {
            return Err(VaultError::Damaged {
                reason: "unknown password derivation",
            });
        }
        if self.m_kib < floor.m_kib || self.t < floor.t || self.p < floor.p {
            return Err(VaultError::TooWeak);
        }
        if self.m_kib > ceiling.m_kib || self.t > ceiling.t || self.p > ceiling.p {
            return Err(VaultError::Damaged {
                reason: "the password derivation asks for too much",
            });
        }
        Ok(())
    }

    /// The wrapping key of `password`. Takes about a quarter of a second and 64 MiB: not for an async thread.
    pub(crate) fn derive(
        &self,
        password: &SecretString,
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        self.check()?;
        let salt = BASE64_STANDARD
            .decode(&self.salt)
            .ok()
            .filter(|salt| salt.len() >= 16)
            .ok_or(VaultError::Damaged {
                reason: "the salt is not base64",
            })?;
        let params =
            Params::new(self.m_kib, self.t, self.p, Some(32)).map_err(|_| VaultError::Derive)?;
        // The same password typed on two systems may come composed (é) or decomposed (e + accent): NFKC makes one.
        let password = Zeroizing::new(password.expose_secret().nfkc().collect::<String>());
        let mut key = Zeroizing::new([0u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.as_bytes(), &salt, key.as_mut())
            .map_err(|_| VaultError::Derive)?;
        Ok(key)
    }
}
