//! A server's public key: how it is written, and how two people compare it.
//! Whether it is trusted is decided in `host_keys` and `known_hosts`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

/// A key blob above this is no key: the largest in use, 16384-bit RSA, takes about 2 KiB.
const MAX_BLOB: usize = 16 * 1024;

/// A public host key as SSH sends it (RFC 4253, section 6.6).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HostKey {
    /// The key's type, as the blob itself names it: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`…
    /// (`ssh-rsa` is the type of every RSA key, whichever hash it signs with.)
    algorithm: String,
    /// The public key in SSH's wire format, starting with its type.
    blob: Vec<u8>,
}

/// Why a text or blob is not a host key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostKeyFormatError {
    /// Fewer than the two words `type base64`.
    #[error("a public key is written as its type, a blank, and its data in base64")]
    Incomplete,
    /// The second word is not base64.
    #[error("the key's data is not base64")]
    Base64,
    /// The blob is not in SSH's wire format, or longer than any key.
    #[error("the key's data is damaged")]
    Blob,
    /// The type written in front and the one inside the data differ.
    #[error("the key's data is of another type than the one written before it")]
    TypeDiffers,
}

impl HostKey {
    /// A key from its wire format. The type is read from the blob; what follows is left to the protocol.
    pub fn from_blob(blob: impl Into<Vec<u8>>) -> Result<Self, HostKeyFormatError> {
        let blob = blob.into();
        let algorithm = algorithm_inside(&blob).ok_or(HostKeyFormatError::Blob)?;
        Ok(HostKey { algorithm, blob })
    }

    /// The key's type: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`…
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The key in SSH's wire format.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// `SHA256:…` in base64 without padding, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(self.digest()))
    }

    /// Eight words to read over the phone, such as `lusab-babad-…`: the first 128 bits of the SHA-256, as
    /// proquints (Wilkerson, arXiv:0901.4016), five letters for 16 bits. The same key gives the same words
    /// for ever; finding another key with the same words takes as long as breaking a 128-bit hash.
    pub fn words(&self) -> Vec<String> {
        self.digest()
            .chunks_exact(2)
            .take(8)
            .map(|pair| {
                proquint(
                    pair.iter()
                        .fold(0, |word, byte| word << 8 | u16::from(*byte)),
                )
            })
            .collect()
    }

    /// `type base64`, as it stands in `known_hosts` and in `/etc/ssh/ssh_host_*_key.pub`.
    pub fn to_openssh(&self) -> String {
        format!("{} {}", self.algorithm, STANDARD.encode(&self.blob))
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.blob).into()
    }
}

/// One word of a proquint: consonant, vowel, consonant, vowel, consonant.
fn proquint(word: u16) -> String {
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 4] = b"aiou";
    let consonant = |shift: u16| CONSONANTS.get(usize::from(word >> shift & 0xf));
    let vowel = |shift: u16| VOWELS.get(usize::from(word >> shift & 0x3));
    [
        consonant(12),
        vowel(10),
        consonant(6),
        vowel(4),
        consonant(0),
    ]
    .into_iter()
    .flatten()
    .map(|letter| char::from(*letter))
    .collect()
}

/// The first string of a wire-format blob, when it is a plausible type followed by something.
fn algorithm_inside(blob: &[u8]) -> Option<String> {
    if blob.len() > MAX_BLOB {
        return None;
    }
    let (length, rest) = blob.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let name = rest.get(..length)?;
    if name.is_empty() || name.len() > 64 || rest.len() == length {
        return None;
    }
    if !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    String::from_utf8(name.to_vec()).ok()
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm, self.fingerprint())
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostKey({self})")
    }
}

impl FromStr for HostKey {
    type Err = HostKeyFormatError;

    /// Reads OpenSSH's public form, `type base64 [comment]`, with any blanks or tabs between.
    fn from_str(text: &str) -> Result<Self, HostKeyFormatError> {
        let mut words = text.split_ascii_whitespace();
        let (Some(algorithm), Some(data)) = (words.next(), words.next()) else {
            return Err(HostKeyFormatError::Incomplete);
        };
        let blob = STANDARD
            .decode(data)
            .or_else(|_| STANDARD_NO_PAD.decode(data))
            .map_err(|_| HostKeyFormatError::Base64)?;
        let key = HostKey::from_blob(blob)?;
        if key.algorithm != algorithm {
            return Err(HostKeyFormatError::TypeDiffers);
        }
        Ok(key)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Made with `ssh-keygen -t ed25519` for these tests; the private half was thrown away.
    pub(crate) const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOJzr+QahBJ7WybzSZeDW+L/fdv/Ra+tgakGNKhJyNj5";

    #[test]
    fn a_public_key_is_read_and_printed_alike() {
        let key: HostKey = format!("  {}\tadmin@tour.example", ED25519.replace(' ', "\t"))
            .parse()
            .unwrap();
        assert_eq!(key.algorithm(), "ssh-ed25519");
        assert_eq!(key.to_openssh(), ED25519);
        // As `ssh-keygen -l` printed it.
        assert_eq!(
            key.fingerprint(),
            "SHA256:eH6QFU18XDXRge2l3+0mWeQA5v0FpD7aWyK9vFVU3wc"
        );
        assert_eq!(HostKey::from_blob(key.blob()).unwrap(), key);
    }

    #[test]
    fn the_words_are_the_proquints_of_the_fingerprint() {
        // The article's own examples: 127.0.0.1 is lusab-babad, 63.84.220.193 is gutih-tugad.
        assert_eq!(proquint(0x7f00), "lusab");
        assert_eq!(proquint(0x0001), "babad");
        assert_eq!(proquint(0x3f54), "gutih");
        assert_eq!(proquint(0xdcc1), "tugad");
        let key: HostKey = ED25519.parse().unwrap();
        let words = key.words();
        assert_eq!(words.len(), 8);
        let digest = STANDARD_NO_PAD
            .decode(key.fingerprint().trim_start_matches("SHA256:"))
            .unwrap();
        assert_eq!(
            words[0],
            proquint(u16::from_be_bytes([digest[0], digest[1]]))
        );
        assert_eq!(
            words[7],
            proquint(u16::from_be_bytes([digest[14], digest[15]]))
        );
    }

    #[test]
    fn what_is_no_key_is_refused_with_its_reason() {
        let check =
            |text: &str, expected| assert_eq!(text.parse::<HostKey>(), Err(expected), "{text:?}");
        check("", HostKeyFormatError::Incomplete);
        check("ssh-ed25519", HostKeyFormatError::Incomplete);
        check("ssh-ed25519 ***", HostKeyFormatError::Base64);
        check("ssh-ed25519 AAAA", HostKeyFormatError::Blob);
        check("ssh-ed25519 /////w==", HostKeyFormatError::Blob);
        check("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", HostKeyFormatError::Blob);
        check(
            &ED25519.replacen("ssh-ed25519", "ssh-rsa", 1),
            HostKeyFormatError::TypeDiffers,
        );
    }
}
