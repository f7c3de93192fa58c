//! The recovery key: 160 random bits, shown once at creation as eight groups of four letters and digits, and typed back
//! by whoever lost every password. Letters that look like digits are left out (Crockford's base 32), upper and lower
//! case are one, and spaces and hyphens don't count.

use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::VaultError;

/// Crockford's digits: no I, L, O, U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many groups a key is shown in, and how many digits there are in one.
pub const GROUPS: usize = 8;
const GROUP: usize = 4;

/// How many bytes a key is made of: five bits a digit.
const BYTES: usize = GROUPS * GROUP * 5 / 8;

/// A recovery key. No `Debug`, no `Serialize`; wiped from memory when dropped.
pub struct RecoveryKey(Zeroizing<[u8; BYTES]>);

impl RecoveryKey {
    /// A new one, from the operating system's random numbers.
    ///
    /// # Errors
    /// [`VaultError::Random`] when the system has none to give.
    pub fn generate() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0u8; BYTES]);
        getrandom::fill(bytes.as_mut()).map_err(|_| VaultError::Random)?;
        Ok(Self(bytes))
    }

    /// The key that was typed, or `None` when it has not the form of one: its [`GROUPS`] groups, in any case, with any
    /// spaces and hyphens; O is read as 0, I and L as 1.
    pub fn typed(text: &SecretString) -> Option<Self> {
        let mut bytes = Zeroizing::new([0u8; BYTES]);
        let mut places = bytes.iter_mut();
        let (mut held, mut bits, mut digits) = (0_u32, 0_u32, 0);
        for letter in text.expose_secret().chars() {
            if letter.is_whitespace() || matches!(letter, '-' | '–') {
                continue;
            }
            held = (held << 5) | value(letter)?;
            bits += 5;
            digits += 1;
            if bits >= 8 {
                bits -= 8;
                *places.next()? = u8::try_from((held >> bits) & 0xff).unwrap_or_default();
            }
        }
        (digits == GROUPS * GROUP).then_some(Self(bytes))
    }

    /// As it is shown, once: `4F7K-…`, eight groups.
    pub fn expose(&self) -> SecretString {
        let mut shown = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
        let (mut held, mut bits, mut digits) = (0_u32, 0_u32, 0);
        for byte in self.0.iter() {
            held = (held << 8) | u32::from(*byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                if digits > 0 && digits % GROUP == 0 {
                    shown.push('-');
                }
                let digit = usize::try_from((held >> bits) & 31).unwrap_or_default();
                shown.push(char::from(DIGITS.get(digit).copied().unwrap_or(b'0')));
                digits += 1;
            }
        }
        SecretString::from(shown.as_str())
    }

    /// Whether the group at this place (from 0) is the one that was typed, in any case.
    pub fn has_group(&self, place: usize, typed: &SecretString) -> bool {
        let shown = self.expose();
        let group = shown.expose_secret().split('-').nth(place);
        let typed: Zeroizing<String> = Zeroizing::new(
            typed
                .expose_secret()
                .trim()
                .chars()
                .map(|letter| match letter.to_ascii_uppercase() {
                    'O' => '0',
                    'I' | 'L' => '1',
                    letter => letter,
                })
                .collect(),
        );
        group == Some(typed.as_str())
    }

    /// The key that wraps an account's secret. The recovery key is random, so that no slow derivation is needed.
    pub(crate) fn wrapping_key(&self) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0u8; 32]);
        // The only failure of `expand` is an output longer than 255 hashes; 32 bytes is one.
        let _ = Hkdf::<Sha256>::new(Some(b"towerify recovery v1"), self.0.as_ref())
            .expand(b"wrap", out.as_mut());
        out
    }
}

/// What a digit stands for.
fn value(letter: char) -> Option<u32> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    };
    let place = DIGITS
        .iter()
        .position(|digit| char::from(*digit) == letter)?;
    u32::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_typed_back_in_any_case_and_spacing() {
        let key = RecoveryKey::generate().unwrap();
        let shown = key.expose();
        let shown = shown.expose_secret();
        assert_eq!(shown.len(), GROUPS * GROUP + GROUPS - 1);
        for typed in [
            shown.to_owned(),
            shown.to_lowercase(),
            shown.replace('-', " "),
            format!("  {}\n", shown.replace('-', "")),
            shown.replace('0', "o").replace('1', "l"),
        ] {
            let back = RecoveryKey::typed(&typed.clone().into());
            assert!(back.is_some_and(|back| back.0 == key.0), "{typed}");
        }
    }

    #[test]
    fn what_has_not_the_form_of_one_is_none() {
        let shown = RecoveryKey::generate().unwrap().expose();
        let shown = shown.expose_secret();
        for wrong in [
            String::new(),
            shown[..shown.len() - 1].to_owned(),
            format!("{shown}0"),
            format!("{}U", &shown[..shown.len() - 1]),
            format!("{}é", &shown[..shown.len() - 1]),
        ] {
            assert!(
                RecoveryKey::typed(&wrong.clone().into()).is_none(),
                "{wrong}"
            );
        }
    }
}
