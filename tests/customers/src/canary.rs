//! A canary: known secrets go through a program, and then everything that came of it is searched for them, in every form
//! that a program could have written them in.

use std::{collections::BTreeSet, path::Path};

/// A secret in the forms that it could be written in: as it is, in hexadecimal, in base 64 (standard and for addresses, at
/// each of the three alignments that it can have in a longer text), and as in an address.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let spaced = |text: &str| text.replace(' ', "+").into_bytes();
    let url: String = bytes
        .iter()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(*byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    let json = serde_json::to_string(secret).unwrap();
    let escaped: String = secret
        .chars()
        .map(|sign| match u32::from(sign) {
            code @ 0x80.. => format!("\\u{code:04x}"),
            _ => sign.to_string(),
        })
        .collect();
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = vec![
        bytes.to_vec(),
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
        url.clone().into_bytes(),
        spaced(&url.replace("%20", " ")),
        url.to_lowercase().into_bytes(),
        json.as_bytes()[1..json.len() - 1].to_vec(),
        escaped.into_bytes(),
        utf16,
    ];
    for alphabet in [STANDARD, FOR_ADDRESSES] {
        for before in 0..3 {
            let padded = [&vec![0; before][..], bytes].concat();
            let coded = base64(&padded, alphabet);
            // The first sign also holds bits of what stands before, the last ones of what comes after.
            let from = (before * 8).div_ceil(6);
            let to = padded.len() * 8 / 6;
            all.push(coded.as_bytes()[from..to].to_vec());
        }
    }
    all.sort();
    all.dedup();
    all
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FOR_ADDRESSES: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut coded = String::new();
    for three in bytes.chunks(3) {
        let held = three
            .iter()
            .fold(0_u32, |held, byte| (held << 8) | u32::from(*byte))
            << (8 * (3 - three.len()));
        for n in 0..=three.len() {
            coded.push(char::from(alphabet[(held >> (18 - 6 * n)) as usize & 63]));
        }
    }
    coded
}

/// What is looked for, and where it was found.
#[derive(Debug, Clone)]
pub struct Search {
    secrets: Vec<(String, Vec<Vec<u8>>)>,
    /// Whether a form begins with these two bytes: whole databases are gone through, and most places end here.
    begins: Vec<bool>,
    found: BTreeSet<String>,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            begins: vec![false; 1 << 16],
            found: BTreeSet::new(),
        }
    }
}

fn first_two(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

impl Search {
    /// Looks for this secret too, from now on. Short ones are refused: they would be found by chance.
    pub fn plant(&mut self, name: &str, secret: &str) {
        assert!(secret.len() >= 8, "{name} is too short to be looked for");
        let forms = forms(secret);
        for form in &forms {
            self.begins[first_two(form)] = true;
        }
        self.secrets.push((name.to_owned(), forms));
    }

    /// Looks through these bytes; `place` names them in what is found.
    pub fn look(&mut self, place: &str, hay: &[u8]) {
        for at in 0..hay.len().saturating_sub(1) {
            if !self.begins[first_two(&hay[at..])] {
                continue;
            }
            for (name, forms) in &self.secrets {
                if forms.iter().any(|form| hay[at..].starts_with(form)) {
                    self.found.insert(format!("{name} in {place}"));
                }
            }
        }
    }

    /// Looks through every file below a folder, and its name.
    pub fn look_below(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            self.look("a file's name", path.display().to_string().as_bytes());
            if path.is_dir() {
                self.look_below(&path);
            } else {
                let hay = std::fs::read(&path).unwrap();
                self.look(&path.display().to_string(), &hay);
            }
        }
    }

    /// What was found, and where.
    pub fn found(&self) -> &BTreeSet<String> {
        &self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaked_secret_is_found_in_whatever_form() {
        let secret = "canari goéland, 100 % falaise";
        let mut planted = Search::default();
        planted.plant("it", secret);
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for (how, hay) in [
            ("plain", format!("…{secret}…")),
            ("hex", format!("x{hex}y")),
            ("HEX", hex.to_uppercase()),
            ("base64", base64(format!("a{secret}").as_bytes(), STANDARD)),
            (
                "base64, shifted",
                base64(format!("ab{secret}z").as_bytes(), STANDARD),
            ),
            (
                "base64 for addresses",
                base64(secret.as_bytes(), FOR_ADDRESSES),
            ),
            (
                "an address",
                "?q=canari%20go%C3%A9land%2C%20100%20%25%20falaise".into(),
            ),
            ("a form", "q=canari+go%C3%A9land%2C+100+%25+falaise".into()),
            ("escaped JSON", "canari go\\u00e9land, 100 % falaise".into()),
        ] {
            let mut search = planted.clone();
            search.look(how, hay.as_bytes());
            assert_eq!(search.found.len(), 1, "{how} was missed");
            search.found.clear();
            search.look(how, &hay.as_bytes()[..hay.len() / 2]);
            assert!(search.found.is_empty(), "half of it is not it: {how}");
        }
    }
}
