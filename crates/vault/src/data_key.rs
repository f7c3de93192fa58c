//! The workspace's data key: 256 random bits from which every other key is derived.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::VaultError;

/// The data key of a workspace. No `Debug`, no `Serialize`; wiped from memory when dropped.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

/// The key of the SQLCipher database, derived from the data key. Wiped from memory when dropped.
pub struct DatabaseKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A new key, from the operating system's random numbers.
    ///
    /// # Errors
    /// [`VaultError::Random`] when the system has none to give.
    pub fn generate() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|_| VaultError::Random)?;
        Ok(Self(bytes))
    }

    /// The key with these bytes: for the tests of other crates, which need the same key twice.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key of the workspace's database.
    pub fn database_key(&self) -> DatabaseKey {
        DatabaseKey(self.derive("database"))
    }

    /// 32 bytes for one purpose (HKDF-SHA256, RFC 5869): knowing them tells nothing of the others.
    pub(crate) fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0u8; 32]);
        // The only failure of `expand` is an output longer than 255 hashes; 32 bytes is one.
        let _ = Hkdf::<Sha256>::new(Some(b"towerify data key v1"), self.0.as_ref())
            .expand(purpose.as_bytes(), out.as_mut());
        out
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl DatabaseKey {
    /// The key as 64 hexadecimal digits, for `PRAGMA key`. It is handed to the database and to nothing else.
    pub fn expose_hex(&self) -> Zeroizing<String> {
        let mut hex = Zeroizing::new(String::with_capacity(64));
        for byte in self.0.iter() {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        hex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_new_keys_differ_and_two_purposes_give_different_keys() {
        let (a, b) = (DataKey::generate().unwrap(), DataKey::generate().unwrap());
        assert_ne!(a.bytes(), b.bytes());
        assert_ne!(a.derive("database"), a.derive("seal/ssh"));
        assert_ne!(a.derive("database"), b.derive("database"));
    }

    #[test]
    fn the_database_key_of_a_known_data_key_never_changes() {
        // Computed apart with Python's hmac: a change here would make every existing workspace unreadable.
        let key = DataKey::from_bytes([7; 32]).database_key();
        assert_eq!(
            key.expose_hex().as_str(),
            "1c6cf6afbc078ac95055e72840e84dd944f3056b72a358d4215c8d676a4f918b"
        );
    }
}
