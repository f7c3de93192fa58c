//! Signatures of the workspace: ed25519 (RFC 8032) under a key that only administrators were granted. Whoever has the public
//! half can check them, without any of the workspace's secrets.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::Keys;

/// The name of the key that signs.
pub const SIGNING: &str = "journal";

/// Signs for the workspace. No `Debug`, no `Serialize`; wiped from memory when dropped.
pub struct Signer(SigningKey);

impl Signer {
    /// The public half: 32 bytes.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The signature of these bytes: 64 bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

impl Keys {
    /// What signs for the workspace; `None` where the account was not granted [`SIGNING`].
    pub fn signer(&self) -> Option<Signer> {
        self.key(SIGNING)
            .map(|seed| Signer(SigningKey::from_bytes(seed)))
    }

    /// What signed before the key was replaced, until that is [over](crate::KeyFile::forget_former).
    pub fn former_signer(&self) -> Option<Signer> {
        self.former_key(SIGNING)
            .map(|seed| Signer(SigningKey::from_bytes(seed)))
    }
}

/// Whether `signature` is that of these bytes by the holder of `public`. What is no key or no signature is none.
pub fn is_signed(public: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let Some(public) = <[u8; 32]>::try_from(public)
        .ok()
        .and_then(|public| VerifyingKey::from_bytes(&public).ok())
    else {
        return false;
    };
    Signature::from_slice(signature)
        .is_ok_and(|signature| public.verify_strict(bytes, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_bytes_and_its_key_only() {
        let signer = Signer(SigningKey::from_bytes(&[7; 32]));
        let other = Signer(SigningKey::from_bytes(&[8; 32]));
        let signature = signer.sign(b"head");
        assert!(is_signed(&signer.public(), b"head", &signature));
        assert!(!is_signed(&signer.public(), b"hea", &signature));
        assert!(!is_signed(&other.public(), b"head", &signature));
        for bit in 0..signature.len() * 8 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_signed(&signer.public(), b"head", &changed), "bit {bit}");
        }
        assert!(!is_signed(b"short", b"head", &signature));
        assert!(!is_signed(&signer.public(), b"head", b"short"));
        // The point at zero would take many signatures for any bytes.
        assert!(!is_signed(&[0; 32], b"head", &[0; 64]));
    }
}
